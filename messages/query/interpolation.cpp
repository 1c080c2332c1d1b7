#include "messages/query/interpolation.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace troupe::messages::query {

namespace {

failure refusal(std::string why) {
  return {errc::failed, std::move(why)};
}
failure malformed(std::string why) {
  return {errc::bad_request, std::move(why)};
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

class reader {
 public:
  reader(std::string_view text, const interpolation_values& values)
      : rest_(text), values_(values) {}

  result<std::string> read() {
    std::string out;
    while (!rest_.empty()) {
      if (take("$${")) {
        out += "${";
      } else if (take("${")) {
        auto value = expression();
        if (!value)
          return value;
        out += *value;
      } else {
        out += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return out;
  }

 private:
  bool take(std::string_view what) {
    if (!rest_.starts_with(what))
      return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }

  std::string_view word() {
    std::size_t bytes = 0;
    while (bytes < rest_.size() && is_name_byte(rest_[bytes]))
      ++bytes;
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  result<std::string> expression() {
    skip_blanks();
    auto value = take("\"") ? literal() : named();
    if (!value)
      return value;
    skip_blanks();
    if (!take("}"))
      return malformed(rest_.empty()
                           ? "expected \"}\" but found end of text"
                           : "expected \"}\" but found \"" + std::string(1, rest_[0]) + "\"");
    return value;
  }

  result<std::string> literal() {
    std::string out;
    while (!rest_.empty() && rest_.front() != '"') {
      const bool escaped = take("\\");
      if (rest_.empty())
        break;
      const char c = rest_.front();
      rest_.remove_prefix(1);
      out += escaped && c == 'n' ? '\n' : c;
    }
    if (!take("\""))
      return malformed("expected end of string");
    return out;
  }

  result<std::string> named() {
    const auto name = word();
    if (name.empty())
      return malformed("expected expression");
    skip_blanks();
    if (take("("))
      return name == "match" ? match() : refusal("unknown function called: " + std::string(name));
    if (name == "name.full")
      return values_.full;
    if (name == "name.prefix")
      return values_.prefix;
    if (name == "name.suffix")
      return values_.suffix;
    if (name == "agent.segment")  // this version has none but the one without a name
      return std::string();
    return refusal("unknown variable accessed: " + std::string(name));
  }

  // A group that there is not has matched nothing.
  result<std::string> match() {
    skip_blanks();
    const bool negative = take("-");
    const auto digits = word();
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool is_number = error == std::errc{} && end == digits.data() + digits.size();
    if (!is_number)
      return refusal("match: expected one number");
    skip_blanks();
    if (!take(")"))
      return refusal("match: expected one number");
    if (negative || number >= values_.matched.size())
      return std::string();
    return values_.matched[number];
  }

  std::string_view rest_;
  const interpolation_values& values_;
};

}  // namespace

result<std::string> interpolate(std::string_view text, const interpolation_values& values) {
  return reader(text, values).read();
}

}  // namespace troupe::messages::query
