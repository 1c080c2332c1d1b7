#include "actors/runtime/errors.hpp"

#include <string>

#include <caf/atom.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace troupe::actors {

namespace {

constexpr caf::atom_value category = caf::atom("troupe");

}  // namespace

caf::error to_caf(const messages::failure& why) {
  return caf::error{static_cast<std::uint8_t>(why.code), category, caf::make_message(why.detail)};
}

messages::failure from_caf(const caf::error& why) {
  if (why.category() == category && why.context().match_elements<std::string>())
    return {static_cast<messages::errc>(why.code()), why.context().get_as<std::string>(0)};
  if (why.category() == caf::atom("system"))
    return {messages::errc::unavailable,
            "internal request failed: " + to_string(static_cast<caf::sec>(why.code()))};
  return {messages::errc::unavailable, "internal request failed"};
}

}  // namespace troupe::actors
