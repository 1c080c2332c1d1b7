#include "deploy/agent/agent_addresses.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "messages/go_quote.hpp"

namespace troupe::agent {

namespace {

using messages::errc;
using messages::failure;
using messages::go_quote;
using messages::result;

std::uint32_t ipv4_number(const std::string& text) {
  in_addr parsed{};
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1 ? ntohl(parsed.s_addr) : 0;
}

struct block {
  std::uint32_t prefix;
  int bits;
};

bool is_within(std::uint32_t ip, const block& network) {
  return ip >> (32 - network.bits) == network.prefix >> (32 - network.bits);
}

bool is_ipv4(const std::string& text) {
  in_addr parsed{};
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

// Neither private nor set apart for something else (RFC 6890).
bool is_public_ipv4(const std::string& text) {
  constexpr std::array<block, 5> special{
      {{0x00000000, 8}, {0x7f000000, 8}, {0xa9fe0000, 16}, {0xc0000200, 24}, {0xe0000000, 3}}};
  const auto ip = ipv4_number(text);
  return is_ipv4(text) && !is_private_ipv4(text) &&
         std::none_of(special.begin(), special.end(),
                      [&](const block& each) { return is_within(ip, each); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What stands between {{ and }}.
result<std::string> expand_template(std::string_view key, std::string_view inside,
                                    const std::vector<interface_address>& local) {
  const auto blank = inside.find_first_of(" \t");
  const auto function = inside.substr(0, blank);
  auto argument =
      blank == std::string_view::npos ? std::string_view{} : trimmed(inside.substr(blank));
  std::function<bool(const interface_address&)> fits;
  if (function == "GetPrivateIP" && argument.empty()) {
    fits = [](const interface_address& each) { return is_private_ipv4(each.ip); };
  } else if (function == "GetPublicIP" && argument.empty()) {
    fits = [](const interface_address& each) { return is_public_ipv4(each.ip); };
  } else if (function == "GetInterfaceIP" && argument.size() > 2 && argument.front() == '"' &&
             argument.back() == '"') {
    argument = argument.substr(1, argument.size() - 2);
    fits = [argument](const interface_address& each) { return each.interface_name == argument; };
  } else {
    return failure{errc::bad_request,
                   std::string(key) + ": unable to parse address template " +
                       go_quote("{{ " + std::string(inside) + " }}") +
                       ": known are GetPrivateIP, GetPublicIP and GetInterfaceIP \"NAME\""};
  }
  const auto found = std::find_if(local.begin(), local.end(), fits);
  if (found == local.end())
    return failure{errc::bad_request,
                   std::string(key) + ": no address of this machine is " + std::string(inside)};
  return found->ip;
}

}  // namespace

bool is_ip(const std::string& text) {
  in6_addr parsed{};
  return is_ipv4(text) || inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

bool is_any_ip(const std::string& text) {
  return text == "0.0.0.0" || text == "::" || text == "[::]";
}

bool is_private_ipv4(const std::string& text) {
  constexpr std::array<block, 4> networks{
      {{0x0a000000, 8}, {0xac100000, 12}, {0xc0a80000, 16}, {0x64400000, 10}}};
  const auto ip = ipv4_number(text);
  return std::any_of(networks.begin(), networks.end(),
                     [&](const block& each) { return is_within(ip, each); });
}

std::vector<interface_address> local_addresses() {
  std::vector<interface_address> out;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0)
    return out;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(list, freeifaddrs);
  for (const int family : {AF_INET, AF_INET6}) {
    for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
      if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != family ||
          (each->ifa_flags & IFF_UP) == 0)
        continue;
      std::array<char, INET6_ADDRSTRLEN> text{};
      const void* ip = family == AF_INET
                           ? static_cast<const void*>(
                                 &reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr)
                           : &reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr;
      if (inet_ntop(family, ip, text.data(), text.size()) != nullptr)
        out.push_back({each->ifa_name, text.data()});
    }
  }
  return out;
}

result<std::vector<std::string>> expand_addresses(std::string_view key, std::string_view text,
                                                  const std::vector<interface_address>& local) {
  std::vector<std::string> out;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    if (text.starts_with("{{")) {
      const auto end = text.find("}}");
      if (end == std::string_view::npos)
        return failure{errc::bad_request, std::string(key) + ": unable to parse address template " +
                                              go_quote(text) + ": unclosed action"};
      auto ip = expand_template(key, trimmed(text.substr(2, end - 2)), local);
      if (!ip)
        return ip.error();
      out.push_back(*std::move(ip));
      text.remove_prefix(end + 2);
      continue;
    }
    const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
    std::string word(text.substr(0, end));
    if (!is_ip(word) && !word.starts_with("unix://") && word != "[::]")
      return failure{errc::bad_request, std::string(key) + ": invalid ip address: " + word};
    out.push_back(word == "[::]" ? "::" : std::move(word));
    text.remove_prefix(end);
  }
  return out;
}

result<std::string> expand_address(std::string_view key, std::string_view text,
                                   const std::vector<interface_address>& local) {
  auto all = expand_addresses(key, text, local);
  if (!all)
    return all.error();
  if (all->size() != 1)
    return failure{errc::bad_request,
                   std::string(key) +
                       (all->empty() ? " cannot be empty" : " cannot contain multiple addresses")};
  if (all->front().starts_with("unix://"))
    return failure{errc::bad_request, std::string(key) + " cannot be a unix socket"};
  return std::move(all->front());
}

}  // namespace troupe::agent
