#include "actors/self/host_facts.hpp"

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

TEST(host_facts, memory_is_in_bytes_and_what_is_only_cached_is_not_used) {
  const auto memory = parse_meminfo(
      "MemTotal:       1000 kB\nMemFree:         300 kB\nMemAvailable:    700 kB\n"
      "Buffers:         100 kB\nCached:          150 kB\nSReclaimable:     50 kB\n"
      "HugePages_Total:       7\nHugepagesize:       2048 kB\nUnknown:  9 kB\nbroken\n");
  EXPECT_EQ(memory.total(), 1000U * 1024);
  EXPECT_EQ(memory.available(), 700U * 1024);
  EXPECT_EQ(memory.cached(), 200U * 1024);
  EXPECT_EQ(memory.used(), 400U * 1024);
  EXPECT_DOUBLE_EQ(memory.used_percent(), 40);
  EXPECT_EQ(memory.huge_pages_total(), 7U);
  EXPECT_EQ(memory.huge_page_size(), 2048U * 1024);
}

TEST(host_facts, memory_of_a_text_that_makes_no_sense_is_zero) {
  for (const char* text : {"", "MemFree: 5 kB", "MemTotal", ":::\n\n:", "MemTotal: x kB"})
    EXPECT_EQ(parse_meminfo(text).used(), 0U) << text;
}

TEST(host_facts, there_is_one_processor_for_each_block) {
  const auto cpus = parse_cpuinfo(
      "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 207\n"
      "model name\t: A CPU\nstepping\t: 2\nmicrocode\t: 0x1\ncpu MHz\t\t: 2299.998\n"
      "cache size\t: 266240 KB\nphysical id\t: 0\ncore id\t\t: 0\nflags\t\t: fpu vme\n\n"
      "processor\t: 1\ncore id\t\t: 1\n");
  ASSERT_EQ(cpus.size(), 2U);
  EXPECT_EQ(cpus[0].vendor_id(), "GenuineIntel");
  EXPECT_EQ(cpus[0].model_name(), "A CPU");
  EXPECT_DOUBLE_EQ(cpus[0].mhz(), 2299.998);
  EXPECT_EQ(cpus[0].cache_size(), 266240);
  EXPECT_EQ(cpus[0].flags_size(), 2);
  EXPECT_EQ(cpus[1].cpu(), 1);
  EXPECT_EQ(cpus[1].core_id(), "1");
  EXPECT_TRUE(parse_cpuinfo("flags: a b\n").empty());
}

TEST(host_facts, a_platform_belongs_to_a_family) {
  messages::HostSystem system;
  parse_os_release("NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"22.04\"\n", system);
  EXPECT_EQ(system.platform(), "ubuntu");
  EXPECT_EQ(system.platform_family(), "debian");
  EXPECT_EQ(system.platform_version(), "22.04");
  parse_os_release("ID=own\n", system);
  EXPECT_EQ(system.platform_family(), "own");
}

TEST(host_facts, the_last_mount_on_the_root_counts) {
  EXPECT_EQ(root_file_system("rootfs / rootfs rw 0 0\nproc /proc proc rw 0 0\n"
                             "/dev/sda1 / ext4 rw 0 0\n"),
            "ext4");
  EXPECT_EQ(root_file_system("proc /proc proc rw 0 0\n"), "");
}

TEST(host_facts, this_machine_has_all_of_them) {
  const auto host = read_host_facts(7);
  EXPECT_EQ(host.collection_time(), 7);
  EXPECT_EQ(host.errors_size(), 0);
  EXPECT_GT(host.memory().total(), host.memory().used());
  EXPECT_GT(host.cpu_size(), 0);
  EXPECT_GT(host.disk().total(), 0U);
  EXPECT_EQ(host.host().os(), "linux");
  EXPECT_GT(host.host().procs(), 0U);
  EXPECT_GT(host.host().boot_time(), 0U);
}

}  // namespace
}  // namespace troupe::actors
