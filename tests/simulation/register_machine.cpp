#include "tests/simulation/register_machine.hpp"

#include <functional>
#include <sstream>

namespace troupe::simulation {

std::string register_machine::command(std::uint64_t key, const operation& wanted) {
  std::ostringstream out;
  out << key << " " << wanted.value;
  if (wanted.kind == operation_kind::swap)
    out << " " << wanted.expected;
  return out.str();
}

std::uint64_t register_machine::apply(const messages::LogEntry& entry) {
  applied = entry.index();
  applied_term = entry.term();
  if (entry.kind() == messages::LogEntry::CONFIGURATION) {
    servers.ParseFromString(entry.data());
    servers_index = entry.index();
  }
  if (entry.kind() != messages::LogEntry::COMMAND)
    return 0;
  std::istringstream command(entry.data());
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  command >> key >> value;
  const auto before = value_of(key);
  if (std::uint64_t expected = 0; !(command >> expected) || expected == before)
    values[key] = value;
  return before;
}

std::uint64_t register_machine::value_of(std::uint64_t key) const {
  const auto found = values.find(key);
  return found == values.end() ? 0 : found->second;
}

// The sum at the end tells a snapshot whose pieces are not of one file.
std::string register_machine::text() const {
  std::ostringstream out;
  out << applied << " " << applied_term << " " << servers_index << " " << values.size();
  for (const auto& [key, value] : values)
    out << " " << key << " " << value;
  out << " " << servers.servers_size();
  for (const auto& server : servers.servers())
    out << " " << server.id() << " " << server.non_voter();
  const auto body = out.str();
  return body + "\n" + std::to_string(std::hash<std::string>{}(body));
}

std::optional<register_machine> register_machine::from_text(const std::string& text) {
  const auto end = text.rfind('\n');
  const auto body = text.substr(0, end);
  if (end == std::string::npos ||
      text.substr(end + 1) != std::to_string(std::hash<std::string>{}(body)))
    return std::nullopt;
  register_machine machine;
  std::istringstream in(body);
  std::size_t count = 0;
  in >> machine.applied >> machine.applied_term >> machine.servers_index >> count;
  for (; count > 0; --count) {
    std::uint64_t key = 0;
    in >> key;
    in >> machine.values[key];
  }
  for (in >> count; count > 0; --count) {
    auto& server = *machine.servers.add_servers();
    bool non_voter = false;
    in >> *server.mutable_id() >> non_voter;
    server.set_non_voter(non_voter);
  }
  return machine;
}

}  // namespace troupe::simulation
