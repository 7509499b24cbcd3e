// JsonWriter: one JSON text, written from its start to its end.
//
//   JsonWriter json;
//   json.begin_object().text("name", name).time("added", added_ns).begin_list("cameras");
//   for (…) json.raw("", camera_json);
//   json.end().end();
//   return std::move(json).take();
//
// In an object each value has a key; in a list, and at the top, the key is empty. Belongs to one
// thread. What is begun and not ended is a mistake of ours, and stops.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::data {

class JsonWriter {
 public:
  JsonWriter& begin_object(std::string_view key = {});
  JsonWriter& begin_list(std::string_view key = {});
  JsonWriter& end();  // of the innermost object or list

  JsonWriter& text(std::string_view key, std::string_view value);
  // The same, or nothing where it is empty.
  JsonWriter& text_if(std::string_view key, std::string_view value);
  JsonWriter& number(std::string_view key, std::int64_t value);
  JsonWriter& count(std::string_view key, std::uint64_t value);
  JsonWriter& real(std::string_view key, double value);
  JsonWriter& flag(std::string_view key, bool value);
  JsonWriter& time(std::string_view key, std::int64_t wall_ns);  // RFC 3339
  JsonWriter& raw(std::string_view key, std::string_view json);  // that is one JSON value

  std::string take() &&;

 private:
  void begin_value(std::string_view key);

  std::string out_;
  std::string open_;  // the brackets that are open: '{', '['
};

}  // namespace weir::data
