"""The form in which every benchmark prints its figures.

    figures = [report.figure("CPU time against the bare loop", ratios, "ratio", "<= 1.03")]
    report.show("video", figures, as_json=options.json)

A figure is made of the values of all rounds, and judged by their median. With `as_json` the last
line printed is

    {"name": "video", "figures": [{"what", "median", "min", "max", "unit", "goal", "holds"}]}

where goal and holds are null for a figure that only informs.
"""

import json
import math
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


def median_interval(values, confidence=0.95):
    """(low, high), between which the median of what `values` are drawn from lies with this
    confidence, whatever their distribution: two of the ordered values, as many away from the ends
    as a fair coin allows (the interval of the sign test). Of few values: the least, the greatest.
    """
    ordered = sorted(values)
    outside, place = 0.0, 0
    for left_out in range(len(ordered) // 2):  # on each side
        outside += 2 * math.comb(len(ordered), left_out) / 2 ** len(ordered)
        if outside > 1 - confidence:
            break
        place = left_out
    return ordered[place], ordered[-1 - place]


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
