#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include "messages/go_quote.hpp"
#include "messages/hcl/hcl.hpp"
#include "messages/limits.hpp"
#include "messages/utf8.hpp"

namespace troupe::messages::hcl {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class json_parser {
 public:
  explicit json_parser(std::string_view text) : text_(text) {}

  result<value> parse_all() {
    value out;
    if (parse_value(out, 0)) {
      blanks();
      if (at_ != text_.size())
        unexpected("after top-level value");
    }
    if (!why_.empty())
      return failure{errc::bad_request, why_};
    return out;
  }

 private:
  // Each reads one thing into `out`; false once why_ says what is wrong.

  bool parse_value(value& out, std::size_t depth) {
    blanks();
    if (depth > limits::json_depth_max)
      return fail("exceeded max depth");
    if (at_ == text_.size())
      return fail("unexpected end of JSON input");
    switch (text_[at_]) {
      case '{':
        return parse_object(out, depth);
      case '[':
        return parse_list(out, depth);
      case '"':
        out.is = kind::text;
        return parse_text(out.text);
      case 't':
        out.is = kind::boolean;
        out.boolean = true;
        return word("true");
      case 'f':
        out.is = kind::boolean;
        return word("false");
      case 'n':
        return word("null");
      default:
        return parse_number(out);
    }
  }

  bool parse_object(value& out, std::size_t depth) {
    out.is = kind::object;
    ++at_;
    blanks();
    if (taken('}'))
      return true;
    for (;;) {
      blanks();
      if (!at('"'))
        return unexpected("looking for beginning of object key string");
      member added;
      if (!parse_text(added.name))
        return false;
      blanks();
      if (!taken(':'))
        return unexpected("after object key");
      if (!parse_value(added.what, depth + 1))
        return false;
      put(out, std::move(added));
      blanks();
      if (taken('}'))
        return true;
      if (!taken(','))
        return unexpected("after object key:value pair");
    }
  }

  // The last of two members of one name counts.
  static void put(value& object, member added) {
    for (auto& known : object.members) {
      if (known.name == added.name) {
        known = std::move(added);
        return;
      }
    }
    object.members.push_back(std::move(added));
  }

  bool parse_list(value& out, std::size_t depth) {
    out.is = kind::list;
    ++at_;
    blanks();
    if (taken(']'))
      return true;
    for (;;) {
      if (!parse_value(out.items.emplace_back(), depth + 1))
        return false;
      blanks();
      if (taken(']'))
        return true;
      if (!taken(','))
        return unexpected("after array element");
    }
  }

  bool parse_text(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20)
        return unexpected("in string literal");
      if (c == '\\') {
        ++at_;
        if (!parse_escape(out))
          return false;
        continue;
      }
      const auto next = first_utf8_character(text_.substr(at_));
      if (next.length_bytes == 0)
        append_utf8(out, replacement_character);
      else
        out += text_.substr(at_, next.length_bytes);
      at_ += next.length_bytes == 0 ? 1 : next.length_bytes;
    }
    return fail("unexpected end of JSON input");
  }

  bool parse_escape(std::string& out) {
    if (at_ == text_.size())
      return fail("unexpected end of JSON input");
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (const auto known = letters.find(text_[at_]); known != std::string_view::npos) {
      out += meanings[known];
      ++at_;
      return true;
    }
    if (!taken('u'))
      return unexpected("in string escape code");
    std::uint32_t code = 0;
    if (!parse_hex(code))
      return false;
    const bool high = code >= 0xd800 && code < 0xdc00;
    if (high && text_.substr(at_).starts_with("\\u")) {
      const auto before = at_;
      at_ += 2;
      std::uint32_t low = 0;
      if (!parse_hex(low))
        return false;
      if (low >= 0xdc00 && low < 0xe000)
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      else
        at_ = before;
    }
    append_utf8(out, code >= 0xd800 && code < 0xe000 ? replacement_character : code);
    return true;
  }

  bool parse_hex(std::uint32_t& out) {
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == text_.size())
        return fail("unexpected end of JSON input");
      unsigned digit = 0;
      const auto read = std::from_chars(&text_[at_], &text_[at_] + 1, digit, 16);
      if (read.ec != std::errc{})
        return unexpected("in \\u hexadecimal character escape");
      out = out << 4 | digit;
    }
    return true;
  }

  bool parse_number(value& out) {
    const auto start = at_;
    const bool negative = taken('-');
    if (at_ == text_.size())
      return fail("unexpected end of JSON input");
    if (!is_digit(text_[at_]))
      return unexpected(negative ? "in numeric literal" : "looking for beginning of value");
    if (!taken('0'))
      digits();
    if (taken('.') && !digits())
      return unexpected("after decimal point in numeric literal");
    if (taken('e') || taken('E')) {
      static_cast<void>(taken('+') || taken('-'));
      if (!digits())
        return unexpected("in exponent of numeric literal");
    }
    out.is = kind::number;
    const auto literal = text_.substr(start, at_ - start);
    const auto read = std::from_chars(literal.data(), literal.data() + literal.size(), out.number);
    if (read.ec != std::errc{})
      return fail("json: cannot unmarshal number " + std::string(literal) +
                  " into Go value of type float64");
    return true;
  }

  bool digits() {
    const auto start = at_;
    while (at_ < text_.size() && is_digit(text_[at_]))
      ++at_;
    return at_ != start;
  }

  bool word(std::string_view whole) {
    for (std::size_t i = 0; i < whole.size(); ++i, ++at_) {
      if (at_ == text_.size())
        return fail("unexpected end of JSON input");
      if (text_[at_] != whole[i])
        return unexpected("in literal " + std::string(whole) + " (expecting '" + whole[i] + "')");
    }
    return true;
  }

  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool taken(char c) {
    const bool is = at(c);
    at_ += is ? 1 : 0;
    return is;
  }

  void blanks() {
    while (at(' ') || at('\t') || at('\r') || at('\n'))
      ++at_;
  }

  bool unexpected(const std::string& where) {
    if (at_ == text_.size())
      return fail("unexpected end of JSON input");
    return fail("invalid character " + go_quote_byte(text_[at_]) + " " + where);
  }

  bool fail(std::string why) {
    if (why_.empty())
      why_ = std::move(why);
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string why_;
};

}  // namespace

result<value> parse_json(std::string_view text) {
  value empty;
  empty.is = kind::object;
  if (text.empty())
    return empty;
  auto parsed = json_parser(text).parse_all();
  if (!parsed || parsed->is == kind::object)
    return parsed;
  if (parsed->is == kind::null)
    return empty;
  return failure{errc::bad_request, "json: cannot unmarshal " +
                                        std::string(parsed->is == kind::list      ? "array"
                                                    : parsed->is == kind::text    ? "string"
                                                    : parsed->is == kind::boolean ? "bool"
                                                                                  : "number") +
                                        " into Go value of type map[string]interface {}"};
}

}  // namespace troupe::messages::hcl
