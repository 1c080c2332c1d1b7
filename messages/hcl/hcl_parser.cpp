#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "messages/hcl/hcl.hpp"
#include "messages/hcl/hcl_scanner.hpp"
#include "messages/limits.hpp"

namespace troupe::messages::hcl {

namespace {

value list_of_blocks() {
  value out;
  out.is = kind::list;
  out.blocks = true;
  return out;
}

// As HCL's own errors call it.
std::string_view shown(token_kind kind) {
  switch (kind) {
    case token_kind::end:
      return "EOF";
    case token_kind::identifier:
      return "IDENT";
    case token_kind::integer:
      return "NUMBER";
    case token_kind::number:
      return "FLOAT";
    case token_kind::text:
      return "STRING";
    case token_kind::assign:
      return "ASSIGN";
    case token_kind::comma:
      return "COMMA";
    case token_kind::open_brace:
      return "LBRACE";
    case token_kind::close_brace:
      return "RBRACE";
    case token_kind::open_bracket:
      return "LBRACK";
    case token_kind::close_bracket:
      return "RBRACK";
    case token_kind::illegal:
      break;
  }
  return "ILLEGAL";
}

class hcl_parser {
 public:
  explicit hcl_parser(std::string_view text) : in_(text), next_(in_.next()) {}

  result<value> parse_all() {
    value out;
    out.is = kind::object;
    parse_members(out, token_kind::end, 0);
    if (!why_.empty())
      return failure{errc::bad_request, why_};
    return out;
  }

 private:
  // Everything up to `close`, which is taken.
  bool parse_members(value& object, token_kind close, std::size_t depth) {
    if (depth > limits::json_depth_max)
      return fail("nested too deeply");
    while (next_.is != close) {
      if (next_.is == token_kind::end)
        return fail("object expected closing RBRACE got: EOF");
      if (!parse_member(object, depth))
        return false;
      if (next_.is == token_kind::comma)
        take();
    }
    take();
    return true;
  }

  // key = value, or key "label"... { block }
  bool parse_member(value& object, std::size_t depth) {
    std::vector<std::string> keys;
    while (next_.is == token_kind::identifier || next_.is == token_kind::text)
      keys.push_back(take().text);
    if (keys.empty())
      return unexpected("expected: IDENT | STRING | ASSIGN | LBRACE");
    if (keys.size() > limits::json_depth_max)
      return fail("nested too deeply");
    if (next_.is == token_kind::assign) {
      if (keys.size() > 1)
        return fail("nested object expected: LBRACE got: ASSIGN");
      take();
      value what;
      if (!parse_value(what, depth))
        return false;
      assign(object, std::move(keys.front()), std::move(what));
      return true;
    }
    if (next_.is != token_kind::open_brace)
      return unexpected("expected start of object ('{') or assignment ('=')");
    take();
    value block;
    block.is = kind::object;
    if (!parse_members(block, token_kind::close_brace, depth + keys.size()))
      return false;
    for (std::size_t i = keys.size(); i > 1; --i) {
      value labelled;
      labelled.is = kind::object;
      assign(labelled, std::move(keys[i - 1]), std::move(block));
      block = std::move(labelled);
    }
    assign(object, std::move(keys.front()), std::move(block));
    return true;
  }

  // Objects of one name gather in a list; of anything else the last one counts.
  static void assign(value& object, std::string name, value what) {
    member* known = nullptr;
    for (auto& each : object.members) {
      if (each.name == name)
        known = &each;
    }
    if (known == nullptr) {
      known = &object.members.emplace_back();
      known->name = std::move(name);
    }
    if (what.is != kind::object) {
      known->what = std::move(what);
      return;
    }
    if (!known->what.blocks)
      known->what = list_of_blocks();
    known->what.items.push_back(std::move(what));
  }

  bool parse_value(value& out, std::size_t depth) {
    switch (next_.is) {
      case token_kind::identifier:
        out.is = kind::boolean;
        out.boolean = next_.text == "true";
        if (!out.boolean && next_.text != "false")
          return fail("Unknown token: " + next_.text);
        take();
        return true;
      case token_kind::integer:
      case token_kind::number:
        return parse_number(out);
      case token_kind::text:
        out.is = kind::text;
        out.text = take().text;
        return true;
      case token_kind::open_brace:
        out.is = kind::object;
        take();
        return parse_members(out, token_kind::close_brace, depth + 1);
      case token_kind::open_bracket:
        take();
        return parse_list(out, depth + 1);
      default:
        return unexpected("expected a value");
    }
  }

  bool parse_number(value& out) {
    const bool whole = next_.is == token_kind::integer;
    std::string_view digits = next_.text;
    const bool negative = digits.starts_with('-');
    if (negative)
      digits.remove_prefix(1);
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    const bool octal = whole && !hex && digits.size() > 1 && digits[0] == '0';
    digits.remove_prefix(hex ? 2 : 0);
    std::from_chars_result read{};
    const char* end = digits.data() + digits.size();
    if (whole) {
      out.is = kind::integer;
      read = std::from_chars(digits.data(), end, out.integer, hex ? 16 : octal ? 8 : 10);
      out.integer = negative ? -out.integer : out.integer;
    } else {
      out.is = kind::number;
      read = std::from_chars(digits.data(), end, out.number);
      out.number = negative ? -out.number : out.number;
    }
    if (read.ec != std::errc{} || read.ptr != end)
      return fail("illegal number " + next_.text);
    take();
    return true;
  }

  bool parse_list(value& out, std::size_t depth) {
    out.is = kind::list;
    if (depth > limits::json_depth_max)
      return fail("nested too deeply");
    while (next_.is != token_kind::close_bracket) {
      if (!parse_value(out.items.emplace_back(), depth))
        return false;
      if (next_.is == token_kind::comma)
        take();
      else if (next_.is != token_kind::close_bracket)
        return unexpected("error parsing list, expected comma or list end,");
    }
    take();
    return true;
  }

  token take() { return std::exchange(next_, in_.next()); }

  bool unexpected(const std::string& what) {
    if (next_.is == token_kind::illegal)
      return fail(next_.text);
    return fail(what + " got: " + std::string(shown(next_.is)));
  }

  bool fail(const std::string& why) {
    if (why_.empty())
      why_ = "At " + std::to_string(next_.where.line) + ":" + std::to_string(next_.where.column) +
             ": " + why;
    return false;
  }

  hcl_scanner in_;
  token next_;
  std::string why_;
};

}  // namespace

result<value> parse_hcl(std::string_view text) {
  return hcl_parser(text).parse_all();
}

}  // namespace troupe::messages::hcl
