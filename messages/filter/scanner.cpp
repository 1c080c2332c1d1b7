#include "messages/filter/scanner.hpp"

#include <algorithm>
#include <utility>

#include "messages/filter/go_text.hpp"
#include "messages/go_quote.hpp"

namespace troupe::messages::filter {

namespace {

constexpr std::string_view end_shown = "!.";  // the end is "no character follows"

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0)
      out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace

bool scanner::literal(std::string_view word) {
  const bool matched = text_.substr(position_).starts_with(word);
  if (is_news(matched, position_))
    expect(go_quote(word));
  if (matched)
    position_ += word.size();
  return matched;
}

bool scanner::one_of(bool (*is_member)(char), std::string_view shown) {
  const bool matched = position_ < text_.size() && is_member(text_[position_]);
  if (is_news(matched, position_))
    expect(std::string(shown));
  if (matched)
    ++position_;
  return matched;
}

bool scanner::any() {
  const bool matched = position_ < text_.size();
  if (is_news(matched, position_))
    expect(".");
  if (matched)
    position_ += utf8_length(text_.substr(position_));
  return matched;
}

bool scanner::end() {
  return not_followed_by([this] { return any(); });
}

bool scanner::is_news(bool matched, std::size_t start) {
  if (matched != inverted_ || start < furthest_)
    return false;
  if (start > furthest_) {
    furthest_ = start;
    expected_.clear();
  }
  return true;
}

void scanner::expect(std::string shown) {
  expected_.insert(inverted_ ? "!" + shown : std::move(shown));
}

void scanner::blame(std::string_view rule, std::string_view reason, std::size_t position) {
  std::string error = place(position) + ": ";
  if (!rule.empty())
    error += "rule \"" + std::string(rule) + "\": ";
  error += reason;
  if (std::find(errors_.begin(), errors_.end(), error) == errors_.end())
    errors_.push_back(std::move(error));
}

std::string scanner::explanation() const {
  std::string out;
  for (const auto& error : errors_)
    out += (out.empty() ? "" : "\n") + error;
  if (!out.empty())
    return out;
  std::vector<std::string_view> shown;
  for (const auto& terminal : expected_) {
    if (terminal != end_shown)
      shown.push_back(terminal);
  }
  if (expected_.find(end_shown) != expected_.end())
    shown.emplace_back("EOF");
  return place(furthest_) + ": no match found, expected: " + joined(shown);
}

// line:column (offset). Columns count characters from 1; a line feed itself is column 0 of its
// line.
std::string scanner::place(std::size_t position) const {
  const auto until = text_.substr(0, std::min(position + 1, text_.size()));
  const auto line = 1 + std::count(until.begin(), until.end(), '\n');
  const auto line_feed = until.rfind('\n');
  const std::size_t line_start = line_feed == std::string_view::npos ? 0 : line_feed + 1;
  std::size_t column = 0;
  for (std::size_t at = line_start; at <= position && at < text_.size();
       at += utf8_length(text_.substr(at)))
    ++column;
  if (position >= text_.size())
    ++column;
  return std::to_string(line) + ":" + std::to_string(column) + " (" + std::to_string(position) +
         ")";
}

}  // namespace troupe::messages::filter
