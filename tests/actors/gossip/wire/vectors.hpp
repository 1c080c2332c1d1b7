// The recorded packets and streams of tests/data/gossip/wire_vectors.txt.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "actors/gossip/endpoint.hpp"
#include "messages/ensure.hpp"

namespace troupe::actors::gossip::wire {

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return bytes;
}

inline const std::string& vector_bytes(const std::string& name) {
  static const std::map<std::string, std::string> all = [] {
    std::map<std::string, std::string> read;
    std::ifstream file{TROUPE_SOURCE_DIR "/tests/data/gossip/wire_vectors.txt"};
    for (std::string line; std::getline(file, line);) {
      std::istringstream words{line};
      std::string key;
      std::string hex;
      if (words >> key >> hex && key != "#")
        read[key] = from_hex(hex);
    }
    return read;
  }();
  const auto found = all.find(name);
  messages::ensure(found != all.end());
  return found->second;
}

inline endpoint at(std::string_view address, std::uint16_t port) {
  return {*ip_address::parse(address), port};
}

}  // namespace troupe::actors::gossip::wire
