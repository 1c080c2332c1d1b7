#include "messages/filter/go_regexp.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <re2/re2.h>

#include "messages/limits.hpp"

namespace troupe::messages::filter {

namespace {

std::string_view go_reason(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
      return "invalid character class";
    case RE2::ErrorBadCharRange:
      return "invalid character class range";
    case RE2::ErrorMissingBracket:
      return "missing closing ]";
    case RE2::ErrorMissingParen:
      return "missing closing )";
    case RE2::ErrorUnexpectedParen:
      return "unexpected )";
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
      return "expression too large";
    case RE2::NoError:
    case RE2::ErrorInternal:
      break;
  }
  return "regexp/syntax: internal error";
}

std::shared_ptr<const RE2> compile(std::string_view pattern, regexp_groups groups) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(groups == regexp_groups::ignored);
  options.set_max_mem(limits::filter_regexp_bytes_max);
  return std::make_shared<const RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
}

// Go also takes (?<name>x) for (?P<name>x), this RE2 does not yet. Escaped parentheses are left
// alone.
std::string with_old_names(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    out += pattern[i];
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      out += pattern[++i];
    } else if (pattern.substr(i).starts_with("(?<")) {
      out += "?P";
      ++i;
    }
  }
  return out;
}

}  // namespace

result<std::shared_ptr<const re2::RE2>> compile_go_regexp(std::string_view pattern,
                                                          regexp_groups groups) {
  auto compiled = compile(pattern, groups);
  if (compiled->error_code() == RE2::ErrorBadPerlOp && pattern.find("(?<") != pattern.npos)
    compiled = compile(with_old_names(pattern), groups);
  if (compiled->ok())
    return compiled;
  const bool whole = compiled->error_code() == RE2::ErrorPatternTooLarge ||
                     compiled->error_arg() == compiled->pattern();
  std::string part = whole ? std::string(pattern) : compiled->error_arg();
  if (part.starts_with("(?P<") && pattern.find(part) == pattern.npos)
    part.erase(2, 1);
  return failure{errc::failed,
                 "error parsing regexp: " + std::string(go_reason(compiled->error_code())) + ": `" +
                     part + "`"};
}

bool matches_anywhere(const re2::RE2& pattern, std::string_view text) {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

std::vector<std::string> groups_matched(const re2::RE2& pattern, std::string_view text,
                                        std::size_t count_max) {
  const re2::StringPiece whole(text.data(), text.size());
  const auto count =
      std::min(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1, count_max);
  std::vector<re2::StringPiece> found(count);
  if (!pattern.Match(whole, 0, whole.size(), RE2::UNANCHORED, found.data(),
                     static_cast<int>(count)))
    return {};
  std::vector<std::string> texts;
  for (const auto& each : found)
    texts.emplace_back(each.data() == nullptr ? "" : each.as_string());
  return texts;
}

}  // namespace troupe::messages::filter
