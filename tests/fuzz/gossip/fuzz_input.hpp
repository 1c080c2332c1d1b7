// One input of a fuzzer: bytes as an attacker would send them. A broken invariant or a sanitizer
// ends the process.
#pragma once

#include <string_view>

namespace troupe::tests::fuzz {

void fuzz_packet(std::string_view bytes);
void fuzz_stream(std::string_view bytes);
void fuzz_user_message(std::string_view bytes);
void fuzz_lzw(std::string_view bytes);

// The first byte chooses which.
void fuzz_any(std::string_view bytes);

}  // namespace troupe::tests::fuzz
