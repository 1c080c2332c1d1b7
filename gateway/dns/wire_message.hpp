// Whole messages of others, read with ldns: what recursors answer. Not for the path of our own
// answers, where its allocations would cost more than everything else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/dns/asked_name.hpp"
#include "gateway/dns/question.hpp"

namespace troupe::gateway::dns {

// Every record of it can be read.
bool is_well_formed(packet_view message);

// Whether this is a response with the id and the question of that packet, which read_question()
// took. The case of letters may differ.
bool answers(packet_view response, packet_view question);

// A question for a name in wire form, with recursion desired; its id is 0. None: ldns refuses the
// name.
std::optional<std::vector<std::uint8_t>> make_question(std::string_view wire_name,
                                                       record_type type);

// The addresses of this type in the answers, whatever their names: behind aliases they differ.
std::vector<named_address> addresses_in(packet_view message, record_type type);

// A line a record and one for the header, as dig has them; empty if it cannot be read. For tests.
std::vector<std::string> lines_of(packet_view message);

}  // namespace troupe::gateway::dns
