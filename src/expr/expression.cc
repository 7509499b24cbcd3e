// Expressions over batches.
#include "expr/expression.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/check.h"
#include "expr/checker.h"
#include "expr/columns.h"
#include "expr/parser.h"
#include "expr/plan.h"
#include "expr/program.h"
#include "expr/rows.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Result;

bool opaque(const data::Type& type) {
  return type.kind() == data::Kind::image || type.kind() == data::Kind::packet;
}

Scope scope_of(const data::Schema& schema, const Options& options) {
  Scope scope;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const data::Field& field = schema.field(i);
    scope.variables.push_back(
        {field.name, Type::of(field.type), Node::Kind::column, i, !opaque(field.type)});
  }
  if (!schema.find("time")) scope.variables.push_back({"time", Kind::timestamp, Node::Kind::time});
  if (options.devices != nullptr && !schema.find("device")) {
    scope.variables.push_back({"device", Kind::string, Node::Kind::device});
  }
  return scope;
}

void find_columns(const Node& node, std::vector<std::size_t>& columns) {
  if (node.kind == Node::Kind::column) columns.push_back(node.slot);
  for (const Node& operand : node.operands) find_columns(operand, columns);
}

// What a condition is on one record.
struct Tally {
  Filtered filtered;

  void add(const data::Batch& batch, std::size_t index, Result<data::Value> value,
           Position position) {
    const auto* flag = value ? value->get<bool>() : nullptr;
    if (flag != nullptr) {
      if (*flag) filtered.rows.push_back(static_cast<std::uint32_t>(batch.row(index)));
    } else if (!value) {
      filtered.errors.push_back({index, std::move(value.error())});
    } else if (value->is_null()) {
      ++filtered.null_count;
    } else {
      const std::string type(name(kind_of(*value)));
      filtered.errors.push_back(
          {index,
           fail_at(position, Code::wrong_type, "a condition gives a bool, not " + type).error()});
    }
  }
};

Filtered filter_by_rows(const Program& program, const data::Batch& batch) {
  Tally tally;
  Record record{&batch, 0, program.devices, {}};
  for (; record.index < batch.size(); ++record.index) {
    tally.add(batch, record.index, evaluate_row(program.root, program.dialect, record),
              program.root.position);
  }
  return std::move(tally.filtered);
}

// The positions of set flags, without a branch for each.
std::vector<std::uint32_t> positions(std::span<const std::uint8_t> flags) {
  std::vector<std::uint32_t> rows(flags.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    rows[count] = static_cast<std::uint32_t>(i);
    count += flags[i];
  }
  rows.resize(count);
  return rows;
}

Filtered filter_by_columns(const Program& program, const data::Batch& batch) {
  Vector condition = evaluate_columns(program, program.root, batch);
  Filtered out;
  if (condition.constant || !condition.states.empty()) {
    std::vector<std::uint8_t> passes(batch.size(), condition.flags.front());
    for (std::size_t i = 0; i < condition.states.size(); ++i) {
      passes[i] = condition.flags[i] & (condition.states[i] == kValue ? 1 : 0);
    }
    out.rows = positions(passes);
  } else {
    out.rows = positions(condition.flags);
  }
  if (!batch.selects_all()) {
    for (std::uint32_t& row : out.rows) row = batch.selection()[row];
  }
  out.null_count = static_cast<std::size_t>(std::ranges::count(condition.states, kNull));
  out.errors = std::move(condition.errors);
  return out;
}

base::Error texts_too_long(Position position) {
  return fail_at(position, Code::limit,
                 "the texts of a batch's results have more than " +
                     std::to_string(kResultTextsBytesMax) + " bytes")
      .error();
}

// Makes rows errors that would take the texts beyond their limit.
void limit_texts(Vector& vector, const data::Batch& batch, Position position) {
  std::size_t bytes = 0;
  std::vector<RecordError> errors;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (vector.state(i) != kValue) continue;
    const std::size_t size = vector.texts[vector.constant ? 0 : i].size();
    if (bytes + size <= kResultTextsBytesMax) {
      bytes += size;
      continue;
    }
    vector.states.resize(batch.size(), kValue);
    vector.states[i] = kError;
    errors.push_back({i, texts_too_long(position)});
  }
  vector.errors = joined_errors(std::move(vector.errors), std::move(errors));
}

// The bytes of all texts within a value; an element of a list counts as one more.
std::size_t texts_bytes(const data::Value& value) {
  if (const auto* text = value.get<std::string>()) return text->size();
  if (const auto* bytes = value.get<data::Bytes>()) return bytes->data.size();
  std::size_t sum = 0;
  if (const auto* list = value.get<data::List>()) {
    sum = list->size();
    for (const data::Value& element : *list) sum += texts_bytes(element);
  } else if (const auto* map = value.get<data::Map>()) {
    for (const auto& [key, member] : *map) sum += texts_bytes(key) + texts_bytes(member);
  }
  return sum;
}

Evaluated evaluate_by_rows(const Program& program, const data::Batch& batch) {
  Evaluated out;
  data::ColumnBuilder builder(program.type);
  Record record{&batch, 0, program.devices, {}};
  std::size_t bytes = 0;
  const auto add = [&]() -> Result<> {
    TRY(const data::Value value, evaluate_row(program.root, program.dialect, record));
    const data::Value plain = without_types(value);
    const std::size_t size = texts_bytes(plain);
    if (bytes + size > kResultTextsBytesMax)
      return std::unexpected(texts_too_long(program.root.position));
    if (!builder.append(plain)) {
      return fail_at(
          program.root.position, Code::wrong_type,
          "the result is no " + program.type.name() + " but " + std::string(name(kind_of(value))));
    }
    bytes += size;
    return {};
  };
  for (; record.index < batch.size(); ++record.index) {
    if (auto added = add(); !added) {
      builder.append_null();
      out.errors.push_back({record.index, std::move(added.error())});
    }
  }
  out.values = builder.finish();
  return out;
}

}  // namespace

Result<Expression> Expression::compile(std::string_view text, const data::Schema& schema,
                                       const Options& options) {
  TRY(const Syntax syntax, parse(text));
  const Scope scope = scope_of(schema, options);
  Program program;
  TRY(program.root, check(syntax, scope, options.dialect));
  program.dialect = options.dialect;
  program.devices = options.devices;
  program.type = program.root.type.column();
  if (options.dialect == Dialect::pipeline) plan_columns(program.root);
  find_columns(program.root, program.columns);
  std::ranges::sort(program.columns);
  const auto repeated = std::ranges::unique(program.columns);
  program.columns.erase(repeated.begin(), repeated.end());
  for (const std::size_t column : program.columns)
    program.column_types.push_back(schema.field(column).type);
  const bool fits = options.expected == data::Kind::value || program.type == data::Kind::value ||
                    program.type == options.expected;
  if (!fits) {
    return fail_at(
        program.root.position, Code::wrong_type,
        "the expression gives " + program.type.name() + ", expected " + options.expected.name());
  }
  return Expression(std::make_shared<const Program>(std::move(program)));
}

const data::Type& Expression::type() const {
  return program_->type;
}

void Expression::check_schema(const data::Batch& batch) const {
  for (std::size_t i = 0; i < program_->columns.size(); ++i) {
    CHECK(program_->columns[i] < batch.columns().size());
    CHECK(batch.column(program_->columns[i]).type() == program_->column_types[i]);
  }
}

Evaluated Expression::evaluate(const data::Batch& batch) const {
  if (batch.empty()) return {data::ColumnBuilder(program_->type).finish(), {}};
  check_schema(batch);
  const Node& root = program_->root;
  if (root.kind == Node::Kind::column) {
    const data::ColumnRef& column = batch.column_ref(root.slot);
    return {batch.selects_all() ? column : data::take(*column, batch.selection()), {}};
  }
  if (!root.columnar) return evaluate_by_rows(*program_, batch);
  Vector vector = evaluate_columns(*program_, root, batch);
  if (!vector.texts.empty()) limit_texts(vector, batch, root.position);
  data::ColumnRef column = vector.to_column(batch.size());
  return {std::move(column), std::move(vector.errors)};
}

Filtered Expression::filter(const data::Batch& batch) const {
  CHECK(type() == data::Kind::boolean || type() == data::Kind::value);
  if (batch.empty()) return {};
  check_schema(batch);
  return program_->root.columnar ? filter_by_columns(*program_, batch)
                                 : filter_by_rows(*program_, batch);
}

}  // namespace weir::expr
