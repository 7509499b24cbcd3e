// filter: the records for which a condition holds.
#include <utility>

#include "expr/expression.h"
#include "flow/operator.h"

namespace weir::operators {
namespace {

using namespace contract;

struct FilterParams {
  Expression where;
};

constexpr Param kParams[] = {
    param<&FilterParams::where>("where", "The condition under which a record stays.",
                                {.required = true}),
};
constexpr Port kInputs[] = {{"in", "Any records."}};
constexpr Port kOutputs[] = {
    {"out", "The records for which the condition is true, unchanged.", "same:in"}};
constexpr Contract kContract = {
    .name = "filter",
    .summary = "Keeps the records for which a condition is true.",
    .description =
        "The condition is an expression in CEL over the columns, such as `people.count > 0 && "
        "temperature < 80`; `time` and "
        "`device` are the record's own. Where a column that decides is null, so is the condition: "
        "the record does not pass and "
        "is counted as dropped. Where the condition errs, such as by a division by zero, the "
        "record is rejected with the "
        "reason and the others go on. Copies nothing.",
    .since = "0.1",
    .group = Group::process,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .example = "filter: {where: \"score > 0.6\"}",
};
static_assert(well_formed(kContract));

class Filter final : public flow::Operator {
 public:
  using Params = FilterParams;

  explicit Filter(expr::Expression where) : where_(std::move(where)) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& params,
                                              flow::Preparation& preparation) {
    const expr::Options options{.dialect = expr::Dialect::pipeline,
                                .devices = &preparation.services.devices};
    auto where =
        expr::Expression::compile(params.shared().where.text, *preparation.inputs.front(), options);
    if (!where) return preparation.fail("where", where.error().code, where.error().message);
    const data::Kind kind = where->type().kind();
    if (kind != data::Kind::boolean && kind != data::Kind::value) {
      return preparation.fail(
          "where", base::Code::wrong_type,
          "a condition is true or false; this expression gives " + where->type().name());
    }
    flow::Prepared prepared;
    prepared.outputs = {preparation.inputs.front()};
    prepared.make = [where = *std::move(where)] { return std::make_unique<Filter>(where); };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    if (batch.empty()) return;
    expr::Filtered kept = where_.filter(batch);
    for (const expr::RecordError& error : kept.errors) {
      context.reject(batch, error.index, error.error);
    }
    if (kept.null_count > 0) context.drop(kept.null_count);
    if (kept.rows.size() == batch.size()) return context.emit(0, batch);
    if (!kept.rows.empty()) context.emit(0, batch.select(std::move(kept.rows)));
  }

 private:
  expr::Expression where_;
};

}  // namespace

extern const flow::OperatorType filter;
constinit const flow::OperatorType filter = flow::operator_type<Filter>(kContract);

}  // namespace weir::operators
