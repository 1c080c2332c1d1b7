// Runs each file of a folder through the fuzzer's code once, under any compiler: what was found
// stays found. Prints how many there were.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/fuzz_input.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::size_t count = 0;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{argv[1], failed}) {
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    troupe::tests::fuzz::fuzz_input(bytes);
    ++count;
  }
  std::printf("%zu inputs\n", count);
  return count > 0 && !failed ? 0 : 1;
}
