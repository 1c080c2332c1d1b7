// The grammar, one method a rule, its alternatives in order. A method that returns false (or
// nothing) has put the scanner back where the rule began.

#include <optional>
#include <utility>

#include "messages/filter/go_text.hpp"
#include "messages/filter/scanner.hpp"
#include "messages/filter/syntax.hpp"
#include "messages/limits.hpp"

namespace troupe::messages::filter {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_digit_not_zero(char c) {
  return c >= '1' && c <= '9';
}
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class parser {
 public:
  explicit parser(std::string_view text) : in_(text) {}

  result<syntax> parse_all() {
    blanks();
    auto root = any_of();
    if (root) {
      blanks();
      if (!in_.end())
        root.reset();
    }
    if (too_deep_)
      return failure{errc::failed, "the expression is nested more than " +
                                       std::to_string(limits::filter_depth_max) + " levels deep"};
    if (!root || in_.blamed())
      return failure{errc::failed, in_.explanation()};
    return std::move(*root);
  }

 private:
  using maybe = std::optional<syntax>;

  // -- expressions ---------------------------------------------------------

  maybe any_of() {
    return listed(syntax_kind::any_of, "or", [this] { return all_of(); });
  }

  maybe all_of() {
    return listed(syntax_kind::all_of, "and", [this] { return negation(); });
  }

  // Part { word Part }. What follows the last whole part is left unread.
  template <class Part>
  maybe listed(syntax_kind kind, std::string_view word, Part part) {
    auto first = part();
    if (!first)
      return first;
    std::vector<syntax> children;
    for (;;) {
      const auto start = in_.position();
      maybe next;
      if (blanks() && in_.literal(word) && blanks())
        next = part();
      if (!next) {
        in_.back_to(start);
        break;
      }
      if (children.empty())
        children.push_back(std::move(*first));
      children.push_back(std::move(*next));
    }
    if (children.empty())
      return first;
    return syntax{.kind = kind, .children = std::move(children), .selector = {}, .value = {}};
  }

  maybe negation() {
    const auto start = in_.position();
    if (!enter())
      return std::nullopt;
    maybe operand;
    if (in_.literal("not") && blanks())
      operand = negation();
    --depth_;
    if (!operand) {
      in_.back_to(start);
      return too_deep_ ? std::nullopt : grouping();
    }
    syntax out{.kind = syntax_kind::negation, .children = {}, .selector = {}, .value = {}};
    out.children.push_back(std::move(*operand));
    return out;
  }

  maybe grouping() {
    const auto start = in_.position();
    maybe inner;
    bool unmatched = false;
    auto stopped = start;
    if (in_.literal("(") && enter()) {
      blanks();
      inner = any_of();
      --depth_;
      if (inner) {
        blanks();
        stopped = in_.position();
        unmatched = !in_.literal(")");
        if (!unmatched)
          return inner;
      }
    }
    in_.back_to(start);
    if (too_deep_)
      return std::nullopt;
    auto plain = match();
    if (!plain && unmatched)
      in_.blame("grouping", "Unmatched parentheses", stopped);
    return plain;
  }

  // -- matches -------------------------------------------------------------

  maybe match() {
    auto out = selector_op_value();
    if (!out)
      out = selector_op();
    if (!out)
      out = value_op_selector();
    return out;
  }

  maybe selector_op_value() {
    const auto start = in_.position();
    syntax out;
    if (selector(out.selector) && comparison(out.op) && value(out.value))
      return out;
    in_.back_to(start);
    return std::nullopt;
  }

  maybe selector_op() {
    const auto start = in_.position();
    syntax out;
    if (selector(out.selector) && emptiness(out.op))
      return out;
    in_.back_to(start);
    return std::nullopt;
  }

  maybe value_op_selector() {
    const auto start = in_.position();
    syntax out;
    if (value(out.value) && membership(out.op)) {
      const auto before_selector = in_.position();
      if (selector(out.selector))
        return out;
      const bool follows = !in_.not_followed_by([&] { return selector(out.selector); });
      if (!follows)
        in_.blame("match", "Invalid selector", before_selector);
    }
    in_.back_to(start);
    return std::nullopt;
  }

  // -- operators -------------------------------------------------------------

  bool comparison(operation& op) {
    return symbol("==", op, operation::equal) || symbol("!=", op, operation::not_equal) ||
           words({"contains"}, op, operation::in) ||
           words({"not", "contains"}, op, operation::not_in) ||
           words({"matches"}, op, operation::matches) ||
           words({"not", "matches"}, op, operation::not_matches);
  }

  bool membership(operation& op) {
    return words({"in"}, op, operation::in) || words({"not", "in"}, op, operation::not_in);
  }

  bool emptiness(operation& op) {
    return words_to_end({"is", "empty"}, op, operation::is_empty) ||
           words_to_end({"is", "not", "empty"}, op, operation::is_not_empty);
  }

  bool symbol(std::string_view sign, operation& op, operation meant) {
    const auto start = in_.position();
    blanks();
    if (!in_.literal(sign)) {
      in_.back_to(start);
      return false;
    }
    blanks();
    op = meant;
    return true;
  }

  // Each word with blanks before it, and blanks behind the last.
  bool words(std::initializer_list<std::string_view> list, operation& op, operation meant) {
    const auto start = in_.position();
    if (words_to_end(list, op, meant) && blanks())
      return true;
    in_.back_to(start);
    return false;
  }

  bool words_to_end(std::initializer_list<std::string_view> list, operation& op, operation meant) {
    const auto start = in_.position();
    for (const auto word : list) {
      if (!blanks() || !in_.literal(word)) {
        in_.back_to(start);
        return false;
      }
    }
    op = meant;
    return true;
  }

  // -- selectors and values ----------------------------------------------------

  bool selector(std::vector<std::string>& out) {
    out.clear();
    std::string part;
    if (!identifier(part))
      return false;
    do
      out.push_back(std::move(part));
    while (dotted(part) || indexed(part));
    return true;
  }

  bool identifier(std::string& out) {
    const auto start = in_.position();
    if (!in_.one_of(is_letter, "[a-zA-Z]"))
      return false;
    while (in_.one_of(is_name, "[a-zA-Z0-9_]")) {
    }
    out = in_.since(start);
    return true;
  }

  bool dotted(std::string& out) {
    const auto start = in_.position();
    if (in_.literal(".") && identifier(out))
      return true;
    in_.back_to(start);
    return false;
  }

  bool indexed(std::string& out) {
    const auto start = in_.position();
    if (!in_.literal("["))
      return false;
    blanks();
    const auto at_text = in_.position();
    if (text_literal(out)) {
      blanks();
      if (in_.literal("]"))
        return true;
      in_.not_followed_by([this] { return in_.literal("]"); });
      in_.blame("index", "Unclosed index expression", in_.position());
    } else {
      in_.not_followed_by([&] { return text_literal(out); });
      in_.blame("index", "Invalid index", at_text);
    }
    in_.back_to(start);
    return false;
  }

  bool value(std::string& out) {
    std::vector<std::string> parts;
    if (!selector(parts))
      return number_literal(out) || text_literal(out);
    out.clear();
    for (const auto& part : parts)
      out += (out.empty() ? "" : ".") + part;
    return true;
  }

  bool number_literal(std::string& out) {
    const auto start = in_.position();
    in_.literal("-");
    if (!number()) {
      in_.back_to(start);
      return false;
    }
    const auto stopped = in_.position();
    if (number_may_end()) {
      out = in_.since(start);
      return true;
    }
    in_.not_followed_by([this] { return number_may_end(); });
    in_.blame("number", "Invalid number literal", stopped);
    in_.back_to(start);
    return false;
  }

  bool number() {
    if (!in_.literal("0")) {
      if (!in_.one_of(is_digit_not_zero, "[1-9]"))
        return false;
      digits();
    }
    const auto whole = in_.position();
    if (!in_.literal(".") || !digits())
      in_.back_to(whole);
    return true;
  }

  bool digits() {
    bool some = false;
    while (in_.one_of(is_digit, "[0-9]"))
      some = true;
    return some;
  }

  // Never moves.
  bool number_may_end() {
    const auto start = in_.position();
    const bool may = blanks() || in_.end() || in_.literal(")");
    in_.back_to(start);
    return may;
  }

  bool text_literal(std::string& out) {
    const auto start = in_.position();
    if (!quoted("`") && !quoted("\"")) {
      static_cast<void>(unterminated("`") || unterminated("\""));
      in_.back_to(start);
      return false;
    }
    auto plain = go_unquote(in_.since(start));
    if (!plain)
      in_.blame("string", "invalid syntax", start);
    out = std::move(plain).value_or("");
    return true;
  }

  bool quoted(std::string_view quote) {
    const auto start = in_.position();
    if (opened(quote) && in_.literal(quote))
      return true;
    in_.back_to(start);
    return false;
  }

  bool unterminated(std::string_view quote) {
    const auto start = in_.position();
    const bool is = opened(quote) && in_.end();
    if (is)
      in_.blame("string", "Unterminated string literal", in_.position());
    in_.back_to(start);
    return is;
  }

  // The opening quote and everything up to the next.
  bool opened(std::string_view quote) {
    if (!in_.literal(quote))
      return false;
    while (in_.not_followed_by([&] { return in_.literal(quote); }) && in_.any()) {
    }
    return true;
  }

  bool blanks() {
    bool some = false;
    while (in_.one_of(is_blank, R"([ \t\r\n])"))
      some = true;
    return some;
  }

  bool enter() {
    too_deep_ = too_deep_ || depth_ == limits::filter_depth_max;
    if (!too_deep_)
      ++depth_;
    return !too_deep_;
  }

  scanner in_;
  std::size_t depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

std::string_view name_of(operation op) {
  switch (op) {
    case operation::equal:
      return "Equal";
    case operation::not_equal:
      return "Not Equal";
    case operation::in:
      return "In";
    case operation::not_in:
      return "Not In";
    case operation::is_empty:
      return "Is Empty";
    case operation::is_not_empty:
      return "Is Not Empty";
    case operation::matches:
      return "Matches";
    case operation::not_matches:
      return "Not Matches";
  }
  return "";
}

result<syntax> parse(std::string_view text) {
  if (text.size() > limits::filter_bytes_max)
    return failure{errc::failed, "the expression is longer than " +
                                     std::to_string(limits::filter_bytes_max) + " bytes"};
  if (const auto valid = utf8_valid_until(text); valid != text.size()) {
    scanner in(text);
    in.blame("", "invalid encoding", valid);
    return failure{errc::failed, in.explanation()};
  }
  return parser(text).parse_all();
}

}  // namespace troupe::messages::filter
