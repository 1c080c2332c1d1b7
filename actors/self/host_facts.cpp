#include "actors/self/host_facts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace troupe::actors {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view next_part(std::string_view& rest, char end) {
  const auto part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

template <class Number>
Number number_of(std::string_view text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double percent(double part, double whole) {
  return whole > 0 ? part / whole * 100 : 0;
}

// The whole of a small file of the system's.
std::optional<std::string> text_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string first_line_of(const char* path) {
  const auto text = text_of(path);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

using memory_setter = void (messages::HostMemory::*)(std::uint64_t);

// Of /proc/meminfo, in kB.
const std::map<std::string_view, memory_setter> memory_sizes{
    {"MemTotal", &messages::HostMemory::set_total},
    {"MemFree", &messages::HostMemory::set_free},
    {"MemAvailable", &messages::HostMemory::set_available},
    {"Active", &messages::HostMemory::set_active},
    {"Inactive", &messages::HostMemory::set_inactive},
    {"Buffers", &messages::HostMemory::set_buffers},
    {"Cached", &messages::HostMemory::set_cached},
    {"Writeback", &messages::HostMemory::set_write_back},
    {"WritebackTmp", &messages::HostMemory::set_write_back_tmp},
    {"Dirty", &messages::HostMemory::set_dirty},
    {"Shmem", &messages::HostMemory::set_shared},
    {"Slab", &messages::HostMemory::set_slab},
    {"SReclaimable", &messages::HostMemory::set_sreclaimable},
    {"SUnreclaim", &messages::HostMemory::set_sunreclaim},
    {"PageTables", &messages::HostMemory::set_page_tables},
    {"SwapCached", &messages::HostMemory::set_swap_cached},
    {"CommitLimit", &messages::HostMemory::set_commit_limit},
    {"Committed_AS", &messages::HostMemory::set_committed_as},
    {"HighTotal", &messages::HostMemory::set_high_total},
    {"HighFree", &messages::HostMemory::set_high_free},
    {"LowTotal", &messages::HostMemory::set_low_total},
    {"LowFree", &messages::HostMemory::set_low_free},
    {"SwapTotal", &messages::HostMemory::set_swap_total},
    {"SwapFree", &messages::HostMemory::set_swap_free},
    {"Mapped", &messages::HostMemory::set_mapped},
    {"VmallocTotal", &messages::HostMemory::set_vmalloc_total},
    {"VmallocUsed", &messages::HostMemory::set_vmalloc_used},
    {"VmallocChunk", &messages::HostMemory::set_vmalloc_chunk},
    {"Hugepagesize", &messages::HostMemory::set_huge_page_size},
    {"AnonHugePages", &messages::HostMemory::set_anon_huge_pages},
};

// Of /proc/meminfo, in pages.
const std::map<std::string_view, memory_setter> memory_counts{
    {"HugePages_Total", &messages::HostMemory::set_huge_pages_total},
    {"HugePages_Free", &messages::HostMemory::set_huge_pages_free},
    {"HugePages_Rsvd", &messages::HostMemory::set_huge_pages_rsvd},
    {"HugePages_Surp", &messages::HostMemory::set_huge_pages_surp},
};

void take_cpu_line(std::string_view name, std::string_view value, messages::HostCpu& cpu) {
  if (name == "vendor_id")
    cpu.set_vendor_id(std::string(value));
  else if (name == "cpu family")
    cpu.set_family(std::string(value));
  else if (name == "model")
    cpu.set_model(std::string(value));
  else if (name == "model name")
    cpu.set_model_name(std::string(value));
  else if (name == "stepping")
    cpu.set_stepping(number_of<std::int32_t>(value));
  else if (name == "cpu MHz")
    cpu.set_mhz(number_of<double>(value));
  else if (name == "cache size")
    cpu.set_cache_size(number_of<std::int32_t>(value));
  else if (name == "physical id")
    cpu.set_physical_id(std::string(value));
  else if (name == "core id")
    cpu.set_core_id(std::string(value));
  else if (name == "microcode")
    cpu.set_microcode(std::string(value));
  else if (name == "flags" || name == "Features")
    while (!value.empty())
      cpu.add_flags(std::string(next_part(value, ' ')));
}

std::string family_of(const std::string& platform) {
  static const std::map<std::string_view, std::string_view> families{
      {"debian", "debian"},      {"ubuntu", "debian"},   {"linuxmint", "debian"},
      {"kali", "debian"},        {"raspbian", "debian"}, {"rhel", "rhel"},
      {"centos", "rhel"},        {"rocky", "rhel"},      {"almalinux", "rhel"},
      {"amzn", "rhel"},          {"fedora", "fedora"},   {"opensuse-leap", "suse"},
      {"sles", "suse"},          {"opensuse", "suse"},   {"opensuse-tumbleweed", "suse"},
      {"arch", "arch"},          {"alpine", "alpine"},   {"gentoo", "gentoo"},
      {"slackware", "slackware"}};
  const auto found = families.find(platform);
  return found == families.end() ? platform : std::string(found->second);
}

std::uint64_t count_processes() {
  std::error_code failed;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator each("/proc", failed), end; !failed && each != end;
       each.increment(failed)) {
    const auto name = each->path().filename().string();
    count += std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  return count;
}

std::uint64_t boot_time() {
  const auto text = text_of("/proc/stat").value_or("");
  constexpr std::string_view label = "\nbtime ";
  const auto at = text.find(label);
  return at == std::string::npos
             ? 0
             : number_of<std::uint64_t>(std::string_view(text).substr(at + label.size()));
}

std::optional<messages::HostSystem> read_system() {
  utsname names{};
  const auto uptime = text_of("/proc/uptime");
  if (::uname(&names) != 0 || !uptime)
    return std::nullopt;
  messages::HostSystem system;
  system.set_hostname(names.nodename);
  system.set_os("linux");
  system.set_kernel_version(names.release);
  system.set_kernel_arch(names.machine);
  system.set_uptime(number_of<std::uint64_t>(*uptime));
  system.set_boot_time(boot_time());
  system.set_procs(count_processes());
  parse_os_release(text_of("/etc/os-release").value_or(""), system);
  auto id = first_line_of("/etc/machine-id");
  system.set_host_id(id.empty() ? first_line_of("/proc/sys/kernel/random/boot_id") : id);
  return system;
}

std::optional<messages::HostDisk> read_disk() {
  struct statvfs known {};
  if (::statvfs("/", &known) != 0)
    return std::nullopt;
  messages::HostDisk disk;
  disk.set_path("/");
  disk.set_file_system(std::string(root_file_system(text_of("/proc/self/mounts").value_or(""))));
  disk.set_total(known.f_blocks * known.f_frsize);
  disk.set_free(known.f_bavail * known.f_frsize);
  disk.set_used((known.f_blocks - known.f_bfree) * known.f_frsize);
  const auto used = static_cast<double>(disk.used());
  disk.set_used_percent(percent(used, used + static_cast<double>(disk.free())));
  disk.set_inodes_total(known.f_files);
  disk.set_inodes_free(known.f_ffree);
  disk.set_inodes_used(known.f_files - known.f_ffree);
  disk.set_inodes_used_percent(
      percent(static_cast<double>(disk.inodes_used()), static_cast<double>(known.f_files)));
  return disk;
}

}  // namespace

messages::HostMemory parse_meminfo(std::string_view text) {
  constexpr std::uint64_t bytes_in_kb = 1024;
  messages::HostMemory memory;
  while (!text.empty()) {
    auto line = next_part(text, '\n');
    const auto name = next_part(line, ':');
    const auto number = number_of<std::uint64_t>(trimmed(line));
    if (const auto size = memory_sizes.find(name); size != memory_sizes.end())
      (memory.*size->second)(number * bytes_in_kb);
    else if (const auto count = memory_counts.find(name); count != memory_counts.end())
      (memory.*count->second)(number);
  }
  memory.set_cached(memory.cached() + memory.sreclaimable());
  const auto kept = memory.free() + memory.buffers() + memory.cached();
  memory.set_used(memory.total() > kept ? memory.total() - kept : 0);
  memory.set_used_percent(
      percent(static_cast<double>(memory.used()), static_cast<double>(memory.total())));
  return memory;
}

std::vector<messages::HostCpu> parse_cpuinfo(std::string_view text) {
  std::vector<messages::HostCpu> all;
  while (!text.empty()) {
    auto line = next_part(text, '\n');
    const auto name = trimmed(next_part(line, ':'));
    const auto value = trimmed(line);
    if (name == "processor") {
      all.emplace_back().set_cpu(number_of<std::int32_t>(value));
      all.back().set_cores(1);
    } else if (!all.empty()) {
      take_cpu_line(name, value, all.back());
    }
  }
  return all;
}

void parse_os_release(std::string_view text, messages::HostSystem& system) {
  while (!text.empty()) {
    auto line = next_part(text, '\n');
    const auto name = next_part(line, '=');
    if (line.size() >= 2 && line.starts_with('"') && line.ends_with('"'))
      line = line.substr(1, line.size() - 2);
    if (name == "ID")
      system.set_platform(std::string(line));
    else if (name == "VERSION_ID")
      system.set_platform_version(std::string(line));
  }
  system.set_platform_family(family_of(system.platform()));
}

std::string_view root_file_system(std::string_view text) {
  std::string_view type;
  while (!text.empty()) {
    auto line = next_part(text, '\n');
    next_part(line, ' ');
    if (next_part(line, ' ') == "/")
      type = next_part(line, ' ');
  }
  return type;
}

messages::AgentHost read_host_facts(std::int64_t unix_now_ns) {
  messages::AgentHost host;
  host.set_collection_time(unix_now_ns);
  if (auto system = read_system())
    *host.mutable_host() = std::move(*system);
  else
    host.add_errors();
  if (const auto text = text_of("/proc/meminfo"))
    *host.mutable_memory() = parse_meminfo(*text);
  else
    host.add_errors();
  if (auto disk = read_disk())
    *host.mutable_disk() = std::move(*disk);
  else
    host.add_errors();
  if (const auto text = text_of("/proc/cpuinfo"))
    for (auto& each : parse_cpuinfo(*text))
      *host.add_cpu() = std::move(each);
  else
    host.add_errors();
  return host;
}

}  // namespace troupe::actors
