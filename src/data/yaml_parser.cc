// YAML trees, from yaml-cpp's events.
#include "data/yaml_parser.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <memory>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace weir::data {

using base::Code;

namespace {

using Content = Node::Content;

constexpr YAML::anchor_t kNoAnchor = 0;  // as yaml-cpp numbers them

// Places of bytes in a text. Remembers the last one, because a line may hold thousands.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text), starts_{0} {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  Position at(std::size_t offset) {
    const auto next = std::ranges::upper_bound(starts_, offset);
    const auto line = static_cast<std::size_t>(next - starts_.begin()) - 1;
    const bool ahead = line == line_ && offset >= offset_;
    if (!ahead) {
      line_ = line;
      offset_ = starts_[line];
      characters_ = 0;
    }
    const auto starts_character = [](char c) { return (c & 0xC0) != 0x80; };
    characters_ += std::ranges::count_if(text_.substr(offset_, offset - offset_), starts_character);
    offset_ = offset;
    return {static_cast<int>(line) + 1, static_cast<int>(characters_) + 1};
  }

  Position at(const YAML::Mark& mark) { return known(mark) ? at(offset(mark)) : Position{}; }

  // The text that begins there.
  std::string_view from(const YAML::Mark& mark) const {
    return known(mark) ? text_.substr(offset(mark)) : std::string_view();
  }

 private:
  // yaml-cpp counts lines and columns from 0, columns in bytes; a null mark is -1.
  bool known(const YAML::Mark& mark) const {
    return mark.line >= 0 && static_cast<std::size_t>(mark.line) < starts_.size();
  }
  std::size_t offset(const YAML::Mark& mark) const {
    const std::size_t start = starts_[static_cast<std::size_t>(mark.line)];
    return std::min(text_.size(), start + static_cast<std::size_t>(std::max(mark.column, 0)));
  }

  std::string_view text_;
  std::vector<std::size_t> starts_;
  std::size_t line_ = 0, offset_ = 0;
  std::ptrdiff_t characters_ = 0;  // of the line, before the offset
};

constexpr std::string_view kNotAKey = "a key that is not plain text, expected a name";

// yaml-cpp takes the end of the text for the end of a quoted one. `text` begins with what stands
// before it: anchor and tag.
bool quotes_close(std::string_view text) {
  while (text.starts_with('&') || text.starts_with('!')) {
    text.remove_prefix(std::min(text.find_first_of(" \t\r\n"), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  }
  const char quote = text.empty() ? ' ' : text.front();
  if (quote != '"' && quote != '\'') return true;  // a block
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || !text.substr(i + 1).starts_with(quote)) return true;
      ++i;  // '' stands for one
    }
  }
  return false;
}

// Builds trees from events. After the first mistake it only waits for the end: an event cannot stop
// yaml-cpp, which then runs into the end of the text or its own limit on nesting.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Lines& lines) : lines_(lines) {}

  const std::optional<Diagnostic>& mistake() const { return mistake_; }
  // yaml-cpp hands on a list or map that never ends as a key, before it tells what is wrong.
  void fail_as_yaml(Position position, std::string message) {
    if (mistake_ && mistake_->message == kNotAKey) mistake_.reset();
    fail(position, Code::invalid, std::move(message));
  }
  void fail_depth(Position position) {
    if (mistake_ && mistake_->message == kNotAKey) mistake_.reset();
    fail(position, Code::limit,
         "nested deeper than " + std::to_string(kYamlDepthMax) + " lists and maps");
  }
  std::vector<Node> take_roots() { return std::move(roots_); }

  void fail(Position position, Code code, std::string message) {
    if (!mistake_) mistake_ = Diagnostic{{}, position, code, std::move(message)};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    anchors_.clear();
    // yaml-cpp takes what stands behind the end of a value for a further document.
    if (!first_ && !lines_.from(mark).starts_with("---")) {
      fail(lines_.at(mark), Code::invalid,
           "text after the end of the value, expected the end of the file or a line '---'");
    }
    first_ = false;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (mistake_) return;
    add(lines_.at(mark), std::make_shared<Content>(), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (mistake_) return;
    if (expects_key()) return fail_key(lines_.at(mark));
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      return fail(
          lines_.at(mark), Code::invalid,
          "an alias stands inside the node it stands for, expected a node that ends before");
    }
    add(lines_.at(mark), found->second, kNoAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (mistake_ || !check_tag(mark, tag)) return;
    const bool quoted = tag == "!";
    if (quoted && !quotes_close(lines_.from(mark))) {
      return fail(lines_.at(mark), Code::invalid,
                  "a quoted text begins here and never ends, expected its closing quote");
    }
    auto content = std::make_shared<Content>();
    content->kind = Node::Kind::scalar;
    content->quoted = quoted;
    content->text = value;
    if (!expects_key()) return add(lines_.at(mark), std::move(content), anchor);
    if (anchor != kNoAnchor) anchors_[anchor] = std::move(content);
    set_key(mark, value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Position position;
    YAML::anchor_t anchor;
    std::shared_ptr<Content> content;
    std::optional<YamlMember> member = {};  // whose value comes next
    std::unordered_set<std::string> keys = {};
  };

  bool expects_key() const {
    return !open_.empty() && open_.back().content->kind == Node::Kind::mapping &&
           !open_.back().member;
  }

  bool check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return true;
    fail(lines_.at(mark), Code::invalid,
         "tag '" + tag + "', expected none: types follow from how a value is written");
    return false;
  }

  void set_key(const YAML::Mark& mark, const std::string& key) {
    Open& map = open_.back();
    if (!map.keys.insert(key).second) {
      const auto first = std::ranges::find(map.content->members, key, &YamlMember::key);
      CHECK(first != map.content->members.end());
      return fail(lines_.at(mark), Code::conflict,
                  "key '" + key + "' is given twice, first in line " +
                      std::to_string(first->position.line));
    }
    map.member = YamlMember{key, lines_.at(mark), {}};
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (mistake_ || !check_tag(mark, tag)) return;
    const Position position = lines_.at(mark);
    if (expects_key()) return fail_key(position);
    if (open_.size() == kYamlDepthMax) return fail_depth(position);
    auto content = std::make_shared<Content>();
    content->kind = kind;
    open_.push_back({position, anchor, std::move(content)});
  }

  void close() {
    if (mistake_) return;
    Open done = std::move(open_.back());
    open_.pop_back();
    ++done.content->height;
    add(done.position, std::move(done.content), done.anchor);
  }

  // Puts a whole node where it belongs.
  void add(Position position, std::shared_ptr<const Content> content, YAML::anchor_t anchor) {
    if (expects_key()) return fail_key(position);
    if (anchor != kNoAnchor) anchors_[anchor] = content;
    if (open_.size() + content->height > kYamlDepthMax) return fail_depth(position);
    std::size_t& nodes = open_.empty() ? nodes_ : open_.back().content->nodes;
    nodes += content->nodes;
    if (nodes > kYamlNodesMax) {
      return fail(position, Code::limit,
                  "more than " + std::to_string(kYamlNodesMax) + " values, aliases followed");
    }
    if (open_.empty()) {
      roots_.push_back(Node(position, std::move(content)));
      return;
    }
    Open& parent = open_.back();
    parent.content->height = std::max(parent.content->height, content->height);
    Node node(position, std::move(content));
    if (parent.member) {
      parent.member->value = std::move(node);
      parent.content->members.push_back(std::move(*parent.member));
      parent.member.reset();
    } else {
      parent.content->items.push_back(std::move(node));
    }
  }

  void fail_key(Position position) { fail(position, Code::invalid, std::string(kNotAKey)); }

  Lines& lines_;
  std::optional<Diagnostic> mistake_;
  std::vector<Node> roots_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::shared_ptr<const Content>> anchors_;
  bool first_ = true;
  std::size_t nodes_ = 0;  // of the roots
};

std::optional<Diagnostic> find_bad_byte(std::string_view text, Lines& lines) {
  if (const auto offset = base::invalid_utf8(text)) {
    return Diagnostic{
        {},
        lines.at(*offset),
        Code::invalid,
        "byte " + std::to_string(*offset) + " is not UTF-8, expected a text in UTF-8"};
  }
  // YAML 1.2.2, clause 5.1. Without these yaml-cpp would guess UTF-16 or take a byte for the end of
  // the text.
  const auto control = std::ranges::find_if(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
  if (control == text.end()) return std::nullopt;
  const auto offset = static_cast<std::size_t>(control - text.begin());
  return Diagnostic{{},
                    lines.at(offset),
                    Code::invalid,
                    "control character " + std::to_string(*control) + ", expected printable text"};
}

// yaml-cpp keeps a list or map in brackets as tokens of 200 bytes until it ends, before it tells of
// the first one.
std::optional<Diagnostic> find_flow_too_large(std::string_view text, Lines& lines) {
  std::size_t left = kYamlFlowMarksMax;
  for (std::size_t at = 0; (at = text.find_first_of("[{,", at)) < text.size(); ++at) {
    if (left-- > 0) continue;
    return Diagnostic{{},
                      lines.at(at),
                      Code::limit,
                      "more than " + std::to_string(kYamlFlowMarksMax) +
                          " of '[', '{' and ',' in one text, expected fewer"};
  }
  return std::nullopt;
}

// What yaml-cpp means, where its own words help nobody.
std::string in_plain_words(std::string_view message) {
  struct Words {
    std::string_view theirs, ours;
  };
  constexpr std::array kWords = {
      Words{"end of sequence flow not found", "a list begun with '[' has no ']'"},
      Words{"end of map flow not found", "a map begun with '{' has no '}'"},
      Words{"end of map not found",
            "expected a key below the keys before it, or the end of the map"},
      Words{"end of sequence not found", "expected '- ' below the items before it"},
      Words{"illegal block entry", "a '- ' where no list can begin; indent with spaces, not tabs"},
      Words{"illegal map value", "a ':' where no value can begin; a text with ': ' needs quotes"},
  };
  const auto found = std::ranges::find(kWords, message, &Words::theirs);
  return std::string(found == kWords.end() ? message : found->ours);
}

// Runs yaml-cpp; its exceptions end here.
void read(std::string_view text, Lines& lines, Builder& builder) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (!builder.mistake() && parser.HandleNextDocument(builder)) continue;
  } catch (const YAML::DeepRecursion& e) {
    builder.fail_depth(lines.at(e.mark));
  } catch (const YAML::Exception& e) {
    builder.fail_as_yaml(lines.at(e.mark), "not YAML: " + in_plain_words(e.msg));
  } catch (const std::exception& e) {
    builder.fail({}, Code::invalid, std::string("not YAML: ") + e.what());
  }
}

}  // namespace

YamlText read_yaml(std::string_view text) {
  if (text.starts_with(base::kByteOrderMark)) text.remove_prefix(base::kByteOrderMark.size());
  if (text.size() > kYamlBytesMax) {
    return {{},
            Diagnostic{
                {},
                {},
                Code::limit,
                "more than " + std::to_string(kYamlBytesMax) + " bytes, expected a smaller text"}};
  }
  Lines lines(text);
  if (auto mistake = find_bad_byte(text, lines)) return {{}, std::move(mistake)};
  if (auto mistake = find_flow_too_large(text, lines)) return {{}, std::move(mistake)};
  Builder builder(lines);
  read(text, lines, builder);
  return {builder.take_roots(), builder.mistake()};
}

}  // namespace weir::data
