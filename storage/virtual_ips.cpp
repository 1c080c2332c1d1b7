#include "storage/virtual_ips.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include "storage/catalog_rows.hpp"

namespace troupe::storage {

namespace {

// 240.0.0.0/4 without its first and its last address.
constexpr std::uint32_t network = 240U << 24;
constexpr std::uint32_t last_number = 0x0ffffffe;

std::string address_text(std::uint32_t number) {
  const auto address = network + number;
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8)
    text += (text.empty() ? "" : ".") + std::to_string((address >> shift) & 0xff);
  return text;
}

std::uint32_t number_in(const std::string& digits) {
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::optional<std::string> lowest_free(apply_context& batch) {
  auto rows = batch.txn().scan<virtual_ip_table>(virtual_ip_table::all_free());
  return rows.next() ? std::optional(rows.value()) : std::nullopt;
}

// Empty: there is none left.
std::string next_number(apply_context& batch) {
  auto& txn = batch.txn();
  if (auto freed = lowest_free(batch)) {
    txn.erase<virtual_ip_table>(virtual_ip_table::of_free(number_in(*freed)));
    return *freed;
  }
  const auto given = txn.get<virtual_ip_table>(virtual_ip_table::highest());
  const auto number = given ? number_in(*given) + 1 : 1;
  if (number > last_number)
    return {};
  txn.put<virtual_ip_table>(virtual_ip_table::highest(), std::to_string(number));
  return std::to_string(number);
}

}  // namespace

void tag_virtual_address(apply_context& batch, messages::NodeService& row) {
  const auto service = connect_target(row);
  if (service.empty())
    return;
  const auto key = virtual_ip_table::of_service(service);
  auto number = batch.txn().get<virtual_ip_table>(key);
  if (!number) {
    number = next_number(batch);
    if (number->empty())
      return;
    batch.txn().put<virtual_ip_table>(key, *number);
  }
  auto& address = (*row.mutable_tagged_addresses())[virtual_address_tag];
  address.set_address(address_text(number_in(*number)));
  address.set_port(row.port());
}

void free_virtual_address_if_unused(apply_context& batch, std::string_view service) {
  auto& txn = batch.txn();
  const auto key = virtual_ip_table::of_service(service);
  const auto number = txn.get<virtual_ip_table>(key);
  if (!number || txn.scan<service_by_name_table>(service_by_name_table::of_name(service)).next() ||
      txn.scan<service_by_connect_table>(service_by_connect_table::of_name(service)).next())
    return;
  txn.erase<virtual_ip_table>(key);
  txn.put<virtual_ip_table>(virtual_ip_table::of_free(number_in(*number)), *number);
}

}  // namespace troupe::storage
