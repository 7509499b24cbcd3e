"""The form in which every benchmark prints its figures.

    figures = [report.figure("CPU time against the bare loop", ratios, "ratio", "<= 1.03")]
    report.show("video", figures, as_json=options.json)

A figure is made of the values of all rounds, and judged by their median. With `as_json` the last
line printed is

    {"name": "video", "figures": [{"what", "median", "min", "max", "unit", "goal", "holds"}]}

where goal and holds are null for a figure that only informs.
"""

import json
import operator
import statistics

COMPARISONS = {"<=": operator.le, "<": operator.lt, ">=": operator.ge, ">": operator.gt}


def figure(what, values, unit, goal=None):
    """`values` holds one number a round; `goal` is such as "<= 1.03", in the same unit."""
    if not values:
        raise ValueError(f"{what}: no values, expected at least one round")
    median = statistics.median(values)
    return {
        "what": what,
        "median": median,
        "min": min(values),
        "max": max(values),
        "unit": unit,
        "goal": goal,
        "holds": None if goal is None else holds(median, goal),
    }


def holds(value, goal):
    comparison, bound = goal.split()
    return COMPARISONS[comparison](value, float(bound))


def show(name, figures, as_json=False):
    width = max(len(figure["what"]) for figure in figures)
    for figure in figures:
        print(f"{figure['what']:{width}}  {spread(figure)}  {verdict(figure)}".rstrip())
    if as_json:
        print(json.dumps({"name": name, "figures": figures}, ensure_ascii=False), flush=True)


def spread(figure):
    return f"{figure['median']:.4g} {figure['unit']} ({figure['min']:.4g} to {figure['max']:.4g})"


def verdict(figure):
    if figure["goal"] is None:
        return ""
    return f"goal {figure['goal']}: {'holds' if figure['holds'] else 'FALLS SHORT'}"
