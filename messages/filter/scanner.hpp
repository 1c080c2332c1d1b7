// The terminals of the filter grammar, and what a parsing expression grammar must remember of them
// to explain a failure: the furthest place where a terminal did not match, and all terminals tried
// there. Inside a "must not follow" test the roles are swapped: then it is a match that
// disappoints.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::messages::filter {

class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {}

  std::size_t position() const { return position_; }
  void back_to(std::size_t position) { position_ = position; }
  std::string_view since(std::size_t start) const { return text_.substr(start, position_ - start); }
  // Whether the next byte is `c`; records nothing.
  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }

  // -- terminals: true and moved on, or false, recorded and not moved --------

  bool literal(std::string_view word);
  // One byte for which `is_member` holds; `shown` is how the class is written in an error.
  bool one_of(bool (*is_member)(char), std::string_view shown);
  // Any one character.
  bool any();
  bool end();

  // True if `rule` does not match here. Never moves.
  template <class Rule>
  bool not_followed_by(Rule rule) {
    const auto start = position_;
    inverted_ = !inverted_;
    const bool matched = rule();
    inverted_ = !inverted_;
    position_ = start;
    return !matched;
  }

  // -- errors -----------------------------------------------------------------

  // Says that `rule` met something it has a name for. Parsing goes on, but cannot succeed any more.
  void blame(std::string_view rule, std::string_view reason, std::size_t position);
  bool blamed() const { return !errors_.empty(); }

  // All that was blamed, a line each; nothing blamed: what was expected where parsing got furthest.
  std::string explanation() const;

 private:
  // Whether a terminal's outcome at `start` belongs into expected_, to be added with expect().
  bool is_news(bool matched, std::size_t start);
  void expect(std::string shown);
  std::string place(std::size_t position) const;

  std::string_view text_;
  std::size_t position_ = 0;
  bool inverted_ = false;
  std::size_t furthest_ = 0;
  std::set<std::string, std::less<>> expected_;  // at furthest_
  std::vector<std::string> errors_;              // no two alike
};

}  // namespace troupe::messages::filter
