#include "actors/runtime/heap_trimmer.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace troupe::actors {
namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;
constexpr std::size_t block_bytes = 64 << 10;

std::size_t resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

using block = std::unique_ptr<char[]>;

block filled(std::size_t bytes) {
  auto made = std::make_unique_for_overwrite<char[]>(bytes);
  std::fill_n(made.get(), bytes, 'x');
  return made;
}

// Blocks small enough that the allocator keeps them in its arena.
std::vector<block> many(std::size_t bytes) {
  std::vector<block> made;
  for (std::size_t i = 0; i < bytes / block_bytes; ++i)
    made.push_back(filled(block_bytes));
  return made;
}

class heap_trimmer_test : public testing::Test {
 protected:
  void SetUp() override {
#ifdef TROUPE_SANITIZE
    GTEST_SKIP() << "a sanitizer's allocator keeps no such pages";
#endif
  }
};

TEST_F(heap_trimmer_test, gives_back_what_a_burst_left_once_it_is_over) {
  heap_trimmer trimmer;
  auto burst = many(64 * megabyte);
  const auto behind = filled(block_bytes);  // in use, and last: the arena's top stays where it is
  EXPECT_FALSE(trimmer.look()) << "it still grows";
  EXPECT_FALSE(trimmer.look()) << "all is in use";
  burst.clear();
  EXPECT_FALSE(trimmer.look()) << "it was in use a moment ago";
  const auto before = resident();
  EXPECT_TRUE(trimmer.look());
  EXPECT_LT(resident() + 50 * megabyte, before);
  EXPECT_FALSE(trimmer.look()) << "there is no more to give back";
  EXPECT_EQ(behind[0], 'x');
}

TEST_F(heap_trimmer_test, leaves_a_little_where_it_is) {
  heap_trimmer trimmer;
  trimmer.look();
  trimmer.look();
  auto burst = many(4 * megabyte);
  const auto behind = filled(block_bytes);
  burst.clear();
  trimmer.look();
  EXPECT_FALSE(trimmer.look());
  EXPECT_EQ(behind[0], 'x');
}

}  // namespace
}  // namespace troupe::actors
