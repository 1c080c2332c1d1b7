#include "messages/go_time.hpp"

#include <array>
#include <chrono>
#include <optional>

#include "messages/go_quote.hpp"

namespace troupe::messages {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::string_view zero_time = "0001-01-01T00:00:00Z";

void append_digits(std::string& out, unsigned value, int width) {
  std::array<char, 10> digits{};
  for (int i = width; i-- > 0; value /= 10)
    digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  out.append(digits.data(), static_cast<std::size_t>(width));
}

// `layout` is the piece of Go's reference time that was expected where `rest` stands.
failure refusal(std::string_view text, std::string_view rest, std::string_view layout) {
  return {errc::bad_request, "parsing time " + go_quote(text) +
                                 " as \"2006-01-02T15:04:05Z07:00\": cannot parse " +
                                 go_quote(rest) + " as " + go_quote(layout)};
}

failure out_of_range(std::string_view text, std::string_view what) {
  return {errc::bad_request,
          "parsing time " + go_quote(text) + ": " + std::string(what) + " out of range"};
}

// Takes the pieces off the front of a text.
class time_reader {
 public:
  explicit time_reader(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }

  std::optional<unsigned> number(std::size_t width) {
    if (rest_.size() < width)
      return std::nullopt;
    unsigned value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9')
        return std::nullopt;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }

  // One digit or two: Go is lenient with hours.
  std::optional<unsigned> hour() {
    const bool one = rest_.size() == 1 || (rest_.size() > 1 && (rest_[1] < '0' || rest_[1] > '9'));
    return number(one ? 1 : 2);
  }

  bool mark(char wanted) {
    if (rest_.empty() || rest_.front() != wanted)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  // ".123" in nanoseconds; digits behind the ninth do not count.
  std::int64_t fraction_ns() {
    if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || rest_[1] < '0' ||
        rest_[1] > '9')
      return 0;
    rest_.remove_prefix(1);
    std::int64_t value = 0;
    std::int64_t unit = second_ns;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1)) {
      unit /= 10;
      value += (rest_.front() - '0') * unit;
    }
    return value;
  }

 private:
  std::string_view rest_;
};

// The fields from the year to the second, each with the mark before it. A day's bounds depend on
// its month: they are looked at last.
struct field {
  char mark;
  std::size_t width;
  std::string_view layout;
  std::string_view name;
  unsigned min;
  unsigned max;
};
constexpr std::array<field, 6> fields{{{0, 4, "2006", "year", 0, 9999},
                                       {'-', 2, "01", "month", 1, 12},
                                       {'-', 2, "02", "day", 0, 99},
                                       {'T', 2, "15", "hour", 0, 23},
                                       {':', 2, "04", "minute", 0, 59},
                                       {':', 2, "05", "second", 0, 59}}};

// The offset from UTC in seconds; nothing if none stands there.
std::optional<std::int64_t> take_offset(time_reader& reader) {
  if (reader.mark('Z'))
    return 0;
  const bool west = reader.mark('-');
  if (!west && !reader.mark('+'))
    return std::nullopt;
  const auto hours = reader.number(2);
  if (!hours || !reader.mark(':'))
    return std::nullopt;
  const auto minutes = reader.number(2);
  if (!minutes || *hours > 23 || *minutes > 59)
    return std::nullopt;
  const std::int64_t offset = (std::int64_t{*hours} * 60 + *minutes) * 60;
  return west ? -offset : offset;
}

}  // namespace

void append_go_time(std::string& out, std::int64_t unix_ns) {
  if (unix_ns == 0) {
    out += zero_time;
    return;
  }
  using namespace std::chrono;
  const sys_time<nanoseconds> time{nanoseconds{unix_ns}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss<nanoseconds> clock{time - day};
  append_digits(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, static_cast<unsigned>(clock.hours().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned>(clock.minutes().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned>(clock.seconds().count()), 2);
  const auto fraction = static_cast<unsigned>(clock.subseconds().count());
  if (fraction != 0) {
    out += '.';
    append_digits(out, fraction, 9);
    while (out.back() == '0')
      out.pop_back();
  }
  out += 'Z';
}

result<std::int64_t> parse_go_time(std::string_view text) {
  if (text == zero_time)
    return std::int64_t{0};
  time_reader reader{text};
  std::array<unsigned, fields.size()> read{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& expected = fields[i];
    if (expected.mark != 0 && !reader.mark(expected.mark))
      return refusal(text, reader.rest(), std::string_view(&expected.mark, 1));
    const auto value = expected.mark == 'T' ? reader.hour() : reader.number(expected.width);
    if (!value)
      return refusal(text, reader.rest(), expected.layout);
    if (*value < expected.min || *value > expected.max)
      return out_of_range(text, expected.name);
    read[i] = *value;
  }
  const auto fraction = reader.fraction_ns();
  const auto rest = reader.rest();
  const auto offset_s = take_offset(reader);
  if (!offset_s)
    return refusal(text, rest, "Z07:00");
  if (!reader.rest().empty())
    return failure{errc::bad_request,
                   "parsing time " + go_quote(text) + ": extra text: " + go_quote(reader.rest())};

  using namespace std::chrono;
  const year_month_day date{year{static_cast<int>(read[0])}, month{read[1]}, day{read[2]}};
  if (!date.ok())
    return out_of_range(text, "day");
  if (read[0] < 1678 || read[0] > 2261)
    return out_of_range(text, "year");
  const auto seconds_of_day = (std::int64_t{read[3]} * 60 + read[4]) * 60 + read[5] - *offset_s;
  const auto days_since_1970 = sys_days{date}.time_since_epoch().count();
  return (std::int64_t{days_since_1970} * 86'400 + seconds_of_day) * second_ns + fraction;
}

}  // namespace troupe::messages
