#include "messages/hcl/hcl_scanner.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "messages/utf8.hpp"

namespace troupe::messages::hcl {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}
bool is_letter(char c) {
  return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || (c & 0x80) != 0;
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.';
}

std::string_view without_line_feed(std::string_view line) {
  if (line.ends_with('\n'))
    line.remove_suffix(1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

std::string_view trimmed_front(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

// Takes the indentation that all lines share away from each.
std::string unindented(const std::vector<std::string_view>& lines) {
  std::size_t shared = std::string_view::npos;
  for (const auto line : lines) {
    if (!without_line_feed(line).empty())
      shared = std::min(shared, line.size() - trimmed_front(line).size());
  }
  std::string out;
  for (const auto line : lines)
    out += line.substr(without_line_feed(line).empty() ? 0 : shared);
  return out;
}

}  // namespace

hcl_scanner::hcl_scanner(std::string_view text) : text_(text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text_.starts_with(byte_order_mark))
    text_.remove_prefix(byte_order_mark.size());
}

void hcl_scanner::advance() {
  if (text_[at_] == '\n') {
    ++here_.line;
    here_.column = 1;
  } else {
    ++here_.column;
  }
  ++at_;
}

token hcl_scanner::next() {
  std::string why;
  if (!skip_blanks(why))
    return {token_kind::illegal, why, here_};
  const auto where = here_;
  if (at_end())
    return {token_kind::end, "", where};
  const auto start = at_;
  auto found = scan(where);
  if (found.is == token_kind::illegal) {  // stays where it is
    at_ = start;
    here_ = where;
  }
  return found;
}

bool hcl_scanner::skip_blanks(std::string& why) {
  while (!at_end()) {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      advance();
    } else if (c == '#' || c == '/') {
      if (!skip_comment(why))
        return false;
    } else {
      break;
    }
  }
  return true;
}

bool hcl_scanner::skip_comment(std::string& why) {
  const bool block = peek() == '/' && peek(1) == '*';
  if (peek() == '/' && peek(1) != '/' && !block) {
    why = "expected '/' for comment";
    return false;
  }
  if (!block) {
    while (!at_end() && peek() != '\n')
      advance();
    return true;
  }
  const auto end = text_.find("*/", at_ + 2);
  if (end == std::string_view::npos) {
    why = "comment not terminated";
    return false;
  }
  while (at_ < end + 2)
    advance();
  return true;
}

token hcl_scanner::scan(place where) {
  const char c = peek();
  if (is_letter(c))
    return word(where);
  if (is_digit(c) || c == '-')
    return number(where);
  if (c == '"')
    return quoted(where);
  if (c == '<')
    return heredoc(where);
  constexpr std::string_view signs = "=,{}[]";
  constexpr token_kind kinds[] = {token_kind::assign,       token_kind::comma,
                                  token_kind::open_brace,   token_kind::close_brace,
                                  token_kind::open_bracket, token_kind::close_bracket};
  const auto sign = signs.find(c);
  if (sign == std::string_view::npos)
    return {token_kind::illegal, "illegal char", where};
  advance();
  return {kinds[sign], std::string(1, c), where};
}

token hcl_scanner::word(place where) {
  const auto start = at_;
  while (!at_end() && is_word(peek()))
    advance();
  return {token_kind::identifier, std::string(text_.substr(start, at_ - start)), where};
}

token hcl_scanner::number(place where) {
  const auto start = at_;
  auto is = token_kind::integer;
  if (peek() == '-')
    advance();
  if (!is_digit(peek()))
    return {token_kind::illegal, "illegal char", where};
  if (peek() == '0' && (peek(1) | 0x20) == 'x') {
    advance();
    advance();
    while (is_hex(peek()))
      advance();
  } else {
    while (is_digit(peek()))
      advance();
    if (peek() == '.' && is_digit(peek(1))) {
      is = token_kind::number;
      advance();
      while (is_digit(peek()))
        advance();
    }
    const bool sign = peek(1) == '-' || peek(1) == '+';
    if ((peek() | 0x20) == 'e' && is_digit(peek(sign ? 2 : 1))) {
      is = token_kind::number;
      advance();
      if (sign)
        advance();
      while (is_digit(peek()))
        advance();
    }
  }
  return {is, std::string(text_.substr(start, at_ - start)), where};
}

token hcl_scanner::quoted(place where) {
  std::string out;
  std::string why;
  advance();
  while (!at_end()) {
    const char c = peek();
    if (c == '"') {
      advance();
      return {token_kind::text, std::move(out), where};
    }
    if (c == '\n')
      break;
    bool fine = true;
    if (c == '\\') {
      fine = escape(out, why);
    } else if (c == '$' && peek(1) == '{') {
      fine = interpolation(out, why);
    } else {
      out += c;
      advance();
    }
    if (!fine)
      return {token_kind::illegal, why, where};
  }
  return {token_kind::illegal, "literal not terminated", where};
}

bool hcl_scanner::escape(std::string& out, std::string& why) {
  why = "illegal char escape";
  advance();
  if (at_end())
    return false;
  constexpr std::string_view letters = "abfnrtv\\\"";
  constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\\"";
  const char letter = peek();
  if (const auto known = letters.find(letter); known != std::string_view::npos) {
    out += meanings[known];
    advance();
    return true;
  }
  const bool octal = letter >= '0' && letter <= '7';
  const std::size_t count = octal           ? 3
                            : letter == 'x' ? 2
                            : letter == 'u' ? 4
                            : letter == 'U' ? 8
                                            : 0;
  if (!octal)
    advance();
  const auto digits = text_.substr(at_, count);
  std::uint32_t code = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, code, octal ? 8 : 16);
  const bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (count == 0 || digits.size() != count || read.ec != std::errc{} || read.ptr != end ||
      !is_character)
    return false;
  if (octal || letter == 'x')
    out += static_cast<char>(code);
  else
    append_utf8(out, code);
  for (std::size_t i = 0; i < count; ++i)
    advance();
  return true;
}

// ${...} stays as it is, with the quotes and braces inside it.
bool hcl_scanner::interpolation(std::string& out, std::string& why) {
  std::size_t open = 0;
  while (!at_end()) {
    const char c = peek();
    out += c;
    advance();
    if (c == '{')
      ++open;
    else if (c == '}' && --open == 0)
      return true;
  }
  why = "expected to find closing brace of an interpolation";
  return false;
}

// <<NAME and the lines up to one that is NAME alone; <<-NAME takes the common indentation away.
token hcl_scanner::heredoc(place where) {
  if (peek(1) != '<')
    return {token_kind::illegal, "heredoc expected second '<', didn't see it", where};
  advance();
  advance();
  const bool indented = peek() == '-';
  if (indented)
    advance();
  const auto name_start = at_;
  while (!at_end() && (is_letter(peek()) || is_digit(peek())))
    advance();
  const auto name = text_.substr(name_start, at_ - name_start);
  if (peek() == '\r')
    advance();
  if (name.empty() || peek() != '\n')
    return {token_kind::illegal, "invalid characters in heredoc anchor", where};
  advance();
  std::vector<std::string_view> lines;
  while (!at_end()) {
    const auto line_feed = text_.find('\n', at_);
    const auto next = line_feed == std::string_view::npos ? text_.size() : line_feed + 1;
    const auto line = text_.substr(at_, next - at_);
    const bool last = trimmed_front(without_line_feed(line)) == name;
    const auto stop = last ? at_ + without_line_feed(line).size() : next;
    while (at_ < stop)
      advance();
    if (last) {
      std::string whole;
      for (const auto part : lines)
        whole += part;
      return {token_kind::text, indented ? unindented(lines) : std::move(whole), where};
    }
    lines.push_back(line);
  }
  return {token_kind::illegal, "heredoc not terminated", where};
}

}  // namespace troupe::messages::hcl
