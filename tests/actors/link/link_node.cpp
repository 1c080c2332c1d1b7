// A node of link_world in a process of its own:  link_node ID [PORT]
// Says "port N" and then lives until it is killed or its standard input ends.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <sys/prctl.h>

#include "tests/actors/link/link_world.hpp"

int main(int count, char** words) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (count < 2)
    return 1;
  troupe::tests::test_node_options options;
  options.id = words[1];
  options.port = static_cast<std::uint16_t>(count > 2 ? std::atoi(words[2]) : 0);
  troupe::tests::test_node node(options);
  std::printf("port %d\n", node.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
