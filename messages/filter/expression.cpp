#include "messages/filter/expression.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "messages/filter/bind.hpp"
#include "messages/filter/go_regexp.hpp"
#include "messages/filter/map_lookup.hpp"
#include "messages/filter/node.hpp"
#include "messages/filter/syntax.hpp"

namespace troupe::messages::filter {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MapValueConstRef;
using google::protobuf::Message;

// -- what a path ends at ------------------------------------------------------

bool text_answers(const match& what, const std::string& text) {
  switch (what.asks) {
    case question::equal:
      return text == std::get<std::string>(what.value);
    case question::contains:
      return text.find(std::get<std::string>(what.value)) != std::string::npos;
    case question::matches:
      return matches_anywhere(*what.pattern, text);
    case question::empty:
      break;
  }
  return false;
}

// Fields and the values of maps are read alike but for the names of the methods.
bool field_answers(const match& what, const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return text_answers(what, reflection.GetStringReference(message, &field, &scratch));
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, &field) == std::get<std::int64_t>(what.value);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.GetInt64(message, &field) == std::get<std::int64_t>(what.value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(message, &field) == std::get<std::uint64_t>(what.value);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.GetUInt64(message, &field) == std::get<std::uint64_t>(what.value);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return std::equal_to<>{}(reflection.GetDouble(message, &field), std::get<double>(what.value));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return std::equal_to<>{}(static_cast<double>(reflection.GetFloat(message, &field)),
                               std::get<double>(what.value));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) == std::get<bool>(what.value);
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return false;
}

bool map_value_answers(const match& what, const FieldDescriptor& map,
                       const MapValueConstRef& value) {
  switch (map.message_type()->map_value()->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return text_answers(what, value.GetStringValue());
    case FieldDescriptor::CPPTYPE_INT32:
      return value.GetInt32Value() == std::get<std::int64_t>(what.value);
    case FieldDescriptor::CPPTYPE_INT64:
      return value.GetInt64Value() == std::get<std::int64_t>(what.value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return value.GetUInt32Value() == std::get<std::uint64_t>(what.value);
    case FieldDescriptor::CPPTYPE_UINT64:
      return value.GetUInt64Value() == std::get<std::uint64_t>(what.value);
    case FieldDescriptor::CPPTYPE_BOOL:
      return value.GetBoolValue() == std::get<bool>(what.value);
    default:
      return false;
  }
}

bool element_answers(const match& what, const Message& message, const FieldDescriptor& field,
                     int i) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return reflection.GetRepeatedStringReference(message, &field, i, &scratch) ==
             std::get<std::string>(what.value);
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetRepeatedInt32(message, &field, i) == std::get<std::int64_t>(what.value);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.GetRepeatedInt64(message, &field, i) == std::get<std::int64_t>(what.value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetRepeatedUInt32(message, &field, i) ==
             std::get<std::uint64_t>(what.value);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.GetRepeatedUInt64(message, &field, i) ==
             std::get<std::uint64_t>(what.value);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return std::equal_to<>{}(reflection.GetRepeatedDouble(message, &field, i),
                               std::get<double>(what.value));
    default:
      return false;
  }
}

bool leaf_answers(const match& what, const Message& message, const FieldDescriptor& field) {
  if (!field.is_repeated())
    return field_answers(what, message, field);
  const int size = message.GetReflection()->FieldSize(message, &field);
  if (what.asks == question::empty)
    return size == 0;
  if (field.is_map()) {
    MapValueConstRef ignored;
    return find_in_map(message, field, *what.key, ignored);
  }
  for (int i = 0; i < size; ++i) {
    if (element_answers(what, message, field, i))
      return true;
  }
  return false;
}

// -- the path ------------------------------------------------------------------

bool holds(const match& what, std::size_t depth, const Message& message);

bool holds_behind_key(const match& what, std::size_t depth, const Message& message) {
  const auto& part = what.path[depth];
  MapValueConstRef value;
  // Nothing is not equal to anything, nor in it, and as empty as can be. That it matches every
  // pattern, and fails to match it too, is what Consul 1.22.7 answers.
  if (!find_in_map(message, *part.field, *part.key, value)) {
    if (what.asks == question::matches)
      return true;
    return what.asks == question::empty ? !what.negated : what.negated;
  }
  if (depth + 1 == what.path.size())
    return map_value_answers(what, *part.field, value) != what.negated;
  return holds(what, depth + 1, value.GetMessageValue());
}

bool holds(const match& what, std::size_t depth, const Message& message) {
  const auto& part = what.path[depth];
  if (part.key)
    return holds_behind_key(what, depth, message);
  if (depth + 1 == what.path.size())
    return leaf_answers(what, message, *part.field) != what.negated;
  const auto& reflection = *message.GetReflection();
  if (!part.field->is_repeated())
    return holds(what, depth + 1, reflection.GetMessage(message, part.field));
  const int size = reflection.FieldSize(message, part.field);
  for (int i = 0; i < size; ++i) {
    if (holds(what, depth + 1, reflection.GetRepeatedMessage(message, part.field, i)))
      return true;
  }
  return false;
}

bool holds(const node& what, const Message& message) {
  const auto child_holds = [&](const node& child) { return holds(child, message); };
  switch (what.kind) {
    case syntax_kind::all_of:
      return std::all_of(what.children.begin(), what.children.end(), child_holds);
    case syntax_kind::any_of:
      return std::any_of(what.children.begin(), what.children.end(), child_holds);
    case syntax_kind::negation:
      return !holds(what.children.front(), message);
    case syntax_kind::match:
      return holds(what.what, 0, message);
  }
  return false;
}

failure explained(const failure& why) {
  return {errc::failed, "Failed to create boolean expression evaluator: " + why.detail};
}

}  // namespace

result<expression> expression::compile(std::string_view text,
                                       const google::protobuf::Descriptor& root) {
  expression out;
  if (text.empty())
    return out;
  const auto tree = parse(text);
  if (!tree)
    return explained(tree.error());
  auto bound = bind(*tree, root);
  if (!bound)
    return explained(bound.error());
  out.root_ = std::make_shared<const node>(*std::move(bound));
  return out;
}

bool expression::matches(const Message& message) const {
  return root_ == nullptr || holds(*root_, message);
}

}  // namespace troupe::messages::filter
