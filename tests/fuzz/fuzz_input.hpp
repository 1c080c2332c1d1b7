// One input of a fuzzer: bytes as an attacker would send them. A broken invariant or a sanitizer
// ends the process. Each folder here has its own.
#pragma once

#include <string_view>

namespace troupe::tests::fuzz {

void fuzz_input(std::string_view bytes);

}  // namespace troupe::tests::fuzz
