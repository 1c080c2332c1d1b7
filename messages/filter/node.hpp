// A filter bound to a message type: what expression::matches() walks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <google/protobuf/map_field.h>

#include "messages/filter/syntax.hpp"

namespace google::protobuf {
class FieldDescriptor;
}

namespace re2 {
class RE2;
}

namespace troupe::messages::filter {

// One part of a selector: a field, and for a map the key below it, if the selector goes on.
// (A MapKey without a value must not even be copied, so it is optional.)
struct step {
  const google::protobuf::FieldDescriptor* field = nullptr;
  std::optional<google::protobuf::MapKey> key;
};

// The question a match asks of the value its selector leads to; negations are in match::negated.
enum class question { equal, contains, empty, matches };

struct match {
  std::vector<step> path;  // never empty
  question asks = question::equal;
  bool negated = false;
  // What it is compared with, of the field's own kind (int32 and int64 are int64_t).
  std::variant<std::string, std::int64_t, std::uint64_t, double, bool> value;
  std::optional<google::protobuf::MapKey> key;  // instead of `value`, if the path ends at a map
  std::shared_ptr<const re2::RE2> pattern;
};

struct node {
  syntax_kind kind = syntax_kind::match;
  std::vector<node> children;
  match what;  // of a match
};

}  // namespace troupe::messages::filter
