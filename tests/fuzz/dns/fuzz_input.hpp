// One input of a fuzzer: a packet as an attacker would send it, behind a byte that chooses
// settings. A broken invariant or a sanitizer ends the process.
#pragma once

#include <string_view>

namespace troupe::tests::fuzz {

void fuzz_question(std::string_view bytes);

}  // namespace troupe::tests::fuzz
