#include "messages/go_flags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>

#include "messages/ensure.hpp"
#include "messages/go_duration.hpp"
#include "messages/go_quote.hpp"

namespace troupe::messages {

namespace {

constexpr std::size_t usage_columns_max = 79;
constexpr std::string_view usage_indent = "     ";

failure bad(std::string text) {
  return {errc::bad_request, std::move(text)};
}

template <class Number>
struct parsed_number {
  Number value{};
  const char* why = nullptr;  // null: fine
};

// strconv.Parse[U]Int with base 0: a prefix 0x, 0b or 0o (or a plain 0) chooses the base.
template <class Number>
parsed_number<Number> parse_number(std::string_view text) {
  const bool negative = std::is_signed_v<Number> && text.starts_with('-');
  if (negative || (std::is_signed_v<Number> && text.starts_with('+')))
    text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  if (text.empty() || text.front() == '-' || text.front() == '+')
    return {{}, "parse error"};
  const std::string digits = (negative ? "-" : "") + std::string(text);
  Number value{};
  const auto [end, why] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (why == std::errc::result_out_of_range)
    return {{}, "value out of range"};
  if (why != std::errc{} || end != digits.data() + digits.size())
    return {{}, "parse error"};
  return {value, nullptr};
}

// One assignment for each kind of variable: null if it went well, else Go's reason.
struct assigner {
  const std::string& value;
  char map_separator;

  const char* assign(bool& into) const {
    const auto parsed = parse_go_bool(value);
    if (!parsed)
      return "parse error";
    into = *parsed;
    return nullptr;
  }
  const char* assign(std::int64_t& into) const { return assign_number(into); }
  const char* assign(std::uint64_t& into) const { return assign_number(into); }
  const char* assign(std::string& into) const {
    into = value;
    return nullptr;
  }
  const char* assign(std::chrono::nanoseconds& into) const {
    const auto parsed = parse_go_duration(value);
    if (!parsed)
      return "parse error";
    into = *parsed;
    return nullptr;
  }
  const char* assign(std::vector<std::string>& into) const {
    into.push_back(value);
    return nullptr;
  }
  const char* assign(std::map<std::string, std::string>& into) const {
    const auto middle = value.find(map_separator);
    if (middle == std::string::npos)
      into[value] = "";
    else
      into[value.substr(0, middle)] = value.substr(middle + 1);
    return nullptr;
  }

  template <class T>
  const char* operator()(std::optional<T>* into) const {
    T parsed{};
    const char* why = assign(parsed);
    if (why == nullptr)
      *into = std::move(parsed);
    return why;
  }
  template <class T>
  const char* operator()(T* into) const {
    return assign(*into);
  }

 private:
  template <class Number>
  const char* assign_number(Number& into) const {
    const auto parsed = parse_number<Number>(value);
    if (parsed.why == nullptr)
      into = parsed.value;
    return parsed.why;
  }
};

bool is_boolean(const go_flags::target& fills) {
  return std::holds_alternative<bool*>(fills) ||
         std::holds_alternative<std::optional<bool>*>(fills);
}

void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = 0;
  while (!text.empty()) {
    const auto word_end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, word_end);
    text.remove_prefix(std::min(word_end + 1, text.size()));
    if (word.empty())
      continue;
    if (column != 0 && column + 1 + word.size() > usage_columns_max) {
      out += '\n';
      column = 0;
    }
    out += column == 0 ? usage_indent : " ";
    column += (column == 0 ? usage_indent.size() : 1) + word.size();
    out += word;
  }
  out += '\n';
}

}  // namespace

std::optional<bool> parse_go_bool(std::string_view text) {
  constexpr std::array<std::string_view, 6> yes{"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> no{"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(yes.begin(), yes.end(), text) != yes.end())
    return true;
  if (std::find(no.begin(), no.end(), text) != no.end())
    return false;
  return std::nullopt;
}

go_flags& go_flags::add(std::string name, target fills, std::string help) {
  const bool is_new =
      flags_.emplace(std::move(name), flag{fills, std::move(help), headings_.size() - 1}).second;
  ensure(is_new);
  return *this;
}

go_flags& go_flags::heading(std::string title) {
  headings_.push_back(std::move(title));
  return *this;
}

go_flags& go_flags::map_separator(char separator) {
  map_separator_ = separator;
  return *this;
}

result<void> go_flags::parse(const std::vector<std::string>& args) {
  rest_.clear();
  std::size_t at = 0;
  while (at < args.size()) {
    const std::string& word = args[at];
    if (word.size() < 2 || word[0] != '-')
      break;
    if (word == "--") {
      ++at;
      break;
    }
    if (auto parsed = parse_flag(args, at); !parsed)
      return parsed.error();
  }
  rest_.assign(args.begin() + static_cast<std::ptrdiff_t>(at), args.end());
  return {};
}

// Reads the flag at args[at] and moves `at` behind it and its value.
result<void> go_flags::parse_flag(const std::vector<std::string>& args, std::size_t& at) {
  const std::string& word = args[at++];
  const std::string_view body = std::string_view(word).substr(word.starts_with("--") ? 2 : 1);
  if (body.empty() || body[0] == '-' || body[0] == '=')
    return bad("bad flag syntax: " + word);
  const auto equals = body.find('=');
  const std::string name(body.substr(0, equals));
  const auto found = flags_.find(name);
  if (found == flags_.end()) {
    help_requested_ = name == "h" || name == "help";
    return bad(help_requested_ ? "flag: help requested"
                               : "flag provided but not defined: -" + name);
  }
  if (equals != std::string_view::npos)
    return fill(name, found->second, std::string(body.substr(equals + 1)));
  if (is_boolean(found->second.fills))
    return fill(name, found->second, "true");
  if (at == args.size())
    return bad("flag needs an argument: -" + name);
  return fill(name, found->second, args[at++]);
}

result<void> go_flags::fill(const std::string& name, const flag& what, const std::string& value) {
  const char* why = std::visit(assigner{value, map_separator_}, what.fills);
  if (why != nullptr) {
    const bool boolean = is_boolean(what.fills);
    return bad((boolean ? "invalid boolean value " : "invalid value ") + go_quote(value) +
               (boolean ? " for -" : " for flag -") + name + ": " + why);
  }
  given_.insert(name);
  return {};
}

std::string go_flags::usage() const {
  std::string out;
  for (std::size_t heading = 0; heading < headings_.size(); ++heading) {
    std::string part;
    for (const auto& [name, what] : flags_) {
      if (what.heading != heading)
        continue;
      part += "  -" + name + (is_boolean(what.fills) ? "\n" : "=<value>\n");
      append_wrapped(part, what.help);
      part += '\n';
    }
    if (!part.empty() && !headings_[heading].empty())
      out += headings_[heading] + "\n\n";
    out += part;
  }
  return out;
}

}  // namespace troupe::messages
