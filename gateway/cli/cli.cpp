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
};

std::vector<command> all_commands(std::vector<command> own) {
  for (auto& group : {kv_commands(), catalog_commands(), services_commands(), agent_commands(),
                      pool_commands(), event_commands()})
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
  for (const auto& each : commands) {
    if (each.name.starts_with(std::string(group) + ' '))
      entries[std::string(each.name.substr(group.size() + 1))] = each.synopsis;
  }
  return fmt::format("Usage: consul {} <subcommand> [options] [args]\n\nSubcommands:\n{}", group,
                     list_of(entries));
}

bool asks_for_help(const std::string& word) {
  return word == "-h" || word == "-help" || word == "--help";
}

int run_group(const std::vector<std::string>& args, const std::vector<command>& commands,
              const terminal& with) {
  const std::string help = group_help(args[0], commands);
  if (args.size() > 1 && asks_for_help(args[1])) {
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
  const auto commands = all_commands(std::move(own));
  if (args.empty()) {
    with.err(overview(commands));
    return 127;
  }
  if (asks_for_help(args[0])) {
    with.out(overview(commands));
    return 0;
  }
  const bool asks_version = args[0] == "-v" || args[0] == "-version" || args[0] == "--version";
  const std::string one = asks_version ? "version" : args[0];
  const std::string two = args.size() > 1 ? one + " " + args[1] : one;
  for (const auto& each : commands) {
    if (each.name == one || (each.name == two && args.size() > 1)) {
      const auto words = each.name == one ? 1 : 2;
      return each.run(each, {args.begin() + words, args.end()}, with);
    }
  }
  if (group_synopses.contains(one))
    return run_group(args, commands, with);
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
