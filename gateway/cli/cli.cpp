#include "gateway/cli/cli.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace troupe::gateway::cli {

namespace {

const std::map<std::string_view, std::string_view> group_synopses{
    {"kv", "Interact with the key-value store"},
    {"catalog", "Interact with the catalog"},
    {"services", "Interact with services"},
    {"operator", "Provides cluster-level tools for Consul operators"},
    {"operator autopilot", "Provides tools for modifying Autopilot configuration"},
    {"operator raft", "Provides cluster-level tools for Consul operators"},
};

// Words in the longest name.
constexpr std::size_t words_max = 3;

std::vector<command> all_commands(std::vector<command> own) {
  for (auto& group : {kv_commands(), catalog_commands(), services_commands(), agent_commands(),
                      pool_commands(), event_commands(), operator_commands()})
    own.insert(own.end(), group.begin(), group.end());
  std::sort(own.begin(), own.end(),
            [](const command& a, const command& b) { return a.name < b.name; });
  return own;
}

std::string first_word(std::string_view name) {
  return std::string(name.substr(0, name.find(' ')));
}

std::string list_of(const std::map<std::string, std::string>& entries) {
  std::size_t width = 0;
  for (const auto& [name, synopsis] : entries)
    width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, synopsis] : entries)
    out += fmt::format("    {:<{}}    {}\n", name, width, synopsis);
  return out;
}

std::string overview(const std::vector<command>& commands) {
  std::map<std::string, std::string> entries;
  for (const auto& each : commands) {
    const auto group = group_synopses.find(first_word(each.name));
    entries[first_word(each.name)] =
        group == group_synopses.end() ? std::string(each.synopsis) : std::string(group->second);
  }
  return "Usage: consul [--version] [--help] <command> [<args>]\n\nAvailable commands are:\n" +
         list_of(entries) + "\n";
}

std::string group_help(std::string_view group, const std::vector<command>& commands) {
  std::map<std::string, std::string> entries;
  const auto prefix = std::string(group) + ' ';
  for (const auto& each : commands) {
    if (!each.name.starts_with(prefix))
      continue;
    const auto child = first_word(each.name.substr(prefix.size()));
    const auto inner = group_synopses.find(prefix + child);
    entries[child] = inner == group_synopses.end() ? each.synopsis : inner->second;
  }
  return fmt::format("Usage: consul {} <subcommand> [options] [args]\n\nSubcommands:\n{}", group,
                     list_of(entries));
}

bool asks_for_help(const std::string& word) {
  return word == "-h" || word == "-help" || word == "--help";
}

int run_group(const std::string& group, bool is_help, const std::vector<command>& commands,
              const terminal& with) {
  const std::string help = group_help(group, commands);
  if (is_help) {
    with.out(help);
    return 0;
  }
  with.err(help);
  return 1;
}

}  // namespace

std::optional<int> read_flags(const command& self, messages::go_flags& flags,
                              const std::vector<std::string>& args, const terminal& with) {
  const auto read = flags.parse(args);
  if (read)
    return std::nullopt;
  const std::string help = fmt::format("{}\n\n{}", self.usage, flags.usage());
  if (flags.help_requested()) {
    with.out(help);
    return 0;
  }
  with.err(read.error().detail + "\n" + help);
  return 1;
}

int wrong_words(const command& self, const messages::go_flags& flags, std::string_view why,
                const terminal& with) {
  if (!why.empty())
    with.err(fmt::format("{}\n\n", why));
  with.err(fmt::format("{}\n\n{}", self.usage, flags.usage()));
  return 1;
}

int run(const std::vector<std::string>& args, std::vector<command> own, const terminal& with) {
  if (!args.empty() && (args[0] == "-v" || args[0] == "-version" || args[0] == "--version"))
    return run({"version"}, std::move(own), with);
  const auto commands = all_commands(std::move(own));
  if (args.empty()) {
    with.err(overview(commands));
    return 127;
  }
  if (asks_for_help(args[0])) {
    with.out(overview(commands));
    return 0;
  }
  // The longest name that the first words make.
  for (auto words = std::min(words_max, args.size()); words > 0; --words) {
    const auto behind = args.begin() + static_cast<std::ptrdiff_t>(words);
    const auto name = fmt::format("{}", fmt::join(args.begin(), behind, " "));
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const command& each) { return each.name == name; });
    if (found != commands.end())
      return found->run(*found, {behind, args.end()}, with);
    if (group_synopses.contains(name))
      return run_group(name, behind != args.end() && asks_for_help(*behind), commands, with);
  }
  with.err(overview(commands));
  return 127;
}

terminal process_terminal() {
  const auto write = [](std::FILE* to) {
    return [to](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), to);
      std::fflush(to);
    };
  };
  return {.out = write(stdout), .err = write(stderr), .read_input = [] {
            return std::string(std::istreambuf_iterator<char>(std::cin), {});
          }};
}

}  // namespace troupe::gateway::cli
