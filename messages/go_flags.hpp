// Command-line flags as Go's flag package reads them: -x=v, -x v, --x, a bool without a value, "--"
// or the first word without a dash ends them. Every flag is declared with the variable it fills; a
// flag that was not given leaves its variable alone, so a default is what stood there before.
//
// Never reads the environment or files, never prints, never exits.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "messages/result.hpp"

namespace troupe::messages {

class go_flags {
 public:
  // What a flag may fill. An optional stays empty if the flag was not given. A list takes every
  // time the flag is given; a map takes every `key=value` (or `key:value` with map_separator).
  using target =
      std::variant<bool*, std::optional<bool>*, std::int64_t*, std::optional<std::int64_t>*,
                   std::uint64_t*, std::optional<std::uint64_t>*, std::string*,
                   std::optional<std::string>*, std::chrono::nanoseconds*,
                   std::optional<std::chrono::nanoseconds>*, std::vector<std::string>*,
                   std::map<std::string, std::string>*>;

  // `name` without dashes. `fills` outlives this object. Names are unique.
  go_flags& add(std::string name, target fills, std::string help);

  // Flags added from here on stand under this heading in usage(); at first there is none.
  go_flags& heading(std::string title);

  go_flags& map_separator(char separator);

  // `args` without the program's name. Fails with errc::bad_request and Go's text:
  // "flag provided but not defined: -zonk", "flag needs an argument: -node",
  // `invalid value "x" for flag -n: parse error`, `invalid boolean value "x" for -v: parse error`,
  // "bad flag syntax: --=x"; for -h and -help, unless declared, "flag: help requested".
  // Flags before the bad one have been filled.
  result<void> parse(const std::vector<std::string>& args);

  bool help_requested() const { return help_requested_; }
  bool given(std::string_view name) const { return given_.find(name) != given_.end(); }

  // What was left after the flags.
  const std::vector<std::string>& rest() const { return rest_; }

  // Every flag with its help, by heading and name, wrapped at 79 columns; ends with a line feed.
  std::string usage() const;

 private:
  struct flag {
    target fills;
    std::string help;
    std::size_t heading = 0;
  };

  result<void> parse_flag(const std::vector<std::string>& args, std::size_t& at);
  result<void> fill(const std::string& name, const flag& what, const std::string& value);

  std::map<std::string, flag, std::less<>> flags_;
  std::vector<std::string> headings_{std::string{}};
  std::set<std::string, std::less<>> given_;
  std::vector<std::string> rest_;
  char map_separator_ = '=';
  bool help_requested_ = false;
};

// strconv.ParseBool: 1, t, T, TRUE, true, True and their opposites; else nothing.
std::optional<bool> parse_go_bool(std::string_view text);

}  // namespace troupe::messages
