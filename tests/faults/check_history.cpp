// check_history [FILE]: whether every key of a history (history.hpp; default standard input) is
// linearizable. Exits with 0 if all are, 1 if one is not, 2 if it cannot tell.
#include <fstream>
#include <iostream>

#include "tests/faults/history.hpp"

namespace {

using troupe::simulation::verdict;

int check(std::istream& text) {
  const auto histories = troupe::faults::read_histories(text);
  if (!histories) {
    std::cerr << histories.error().detail << "\n";
    return 2;
  }
  int code = 0;
  for (const auto& [key, seen] : *histories) {
    const auto outcome = check_linearizable(seen, troupe::faults::states_max);
    if (outcome == verdict::not_linearizable) {
      std::cout << key << ": not linearizable; " << troupe::faults::explain(seen);
      code = 1;
    } else if (outcome == verdict::gave_up) {
      std::cout << key << ": gave up\n";
      code = code == 0 ? 2 : code;
    } else {
      std::cout << key << ": linearizable, " << seen.size() << " operations\n";
    }
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return check(std::cin);
  std::ifstream file(argv[1]);
  if (!file) {
    std::cerr << "cannot read " << argv[1] << "\n";
    return 2;
  }
  return check(file);
}
