#include "messages/json_plan.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <set>

#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>

#include "messages/catalog.pb.h"
#include "messages/ensure.hpp"
#include "messages/json_encoder.hpp"
#include "messages/json_text.hpp"

namespace troupe::messages::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Message types of this program: some 200. A power of two, for the table is open-addressed.
constexpr std::size_t plans_max = 2048;

constinit std::array<std::atomic<const message_plan*>, plans_max> plans{};

bool is_texts(const Descriptor& type) {
  return &type == HeaderValues::descriptor() || &type == ServiceTags::descriptor();
}

bool is_any_object(const Descriptor& type) {
  return &type == google::protobuf::Struct::descriptor();
}

kind message_kind_of(const Descriptor& type) {
  if (is_texts(type))
    return kind::texts;
  return is_any_object(type) ? kind::any_object : kind::message;
}

bool is_plain_message(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !is_texts(*field.message_type()) &&
         !is_any_object(*field.message_type());
}

bool leads_to(const Descriptor& from, const Descriptor& target, std::set<const Descriptor*>& seen) {
  if (&from == &target)
    return true;
  if (!seen.insert(&from).second)
    return false;
  for (int i = 0; i < from.field_count(); ++i) {
    const auto& field = *from.field(i);
    if (is_plain_message(field) && leads_to(*field.message_type(), target, seen))
      return true;
  }
  return false;
}

kind kind_of(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return kind::boolean;
    case FieldDescriptor::CPPTYPE_INT32:
      return kind::int32;
    case FieldDescriptor::CPPTYPE_INT64:
      return kind::int64;
    case FieldDescriptor::CPPTYPE_UINT32:
      return kind::uint32;
    case FieldDescriptor::CPPTYPE_UINT64:
      return kind::uint64;
    case FieldDescriptor::CPPTYPE_FLOAT:
      return kind::float32;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return kind::float64;
    case FieldDescriptor::CPPTYPE_ENUM:
      return kind::enumeration;
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? kind::bytes : kind::text;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return message_kind_of(*field.message_type());
  }
  ensure(false);
  return kind::text;
}

constexpr const char* go_type_of_texts = "[]string";
constexpr const char* go_type_of_any_object = "map[string]interface {}";

std::string go_type_of(const Descriptor& type) {
  if (message_kind_of(type) != kind::message)
    return is_texts(type) ? go_type_of_texts : go_type_of_any_object;
  const auto& name = type.options().GetExtension(go_type_name);
  return name.empty() ? "structs." + type.name() : name;
}

std::string go_element_type_of(const FieldDescriptor& field, kind value_kind) {
  const auto& told = field.options().GetExtension(go_type);
  if (!told.empty())
    return told;
  switch (value_kind) {
    case kind::boolean:
      return "bool";
    case kind::int32:
    case kind::int64:
      return "int";
    case kind::uint32:
      return "uint32";
    case kind::uint64:
      return "uint64";
    case kind::float32:
      return "float32";
    case kind::float64:
      return "float64";
    case kind::text:
    case kind::enumeration:
      return "string";
    case kind::bytes:
      return "[]uint8";
    case kind::message:
    case kind::texts:
    case kind::any_object:
      return go_type_of(*field.message_type());
  }
  ensure(false);
  return {};
}

std::string folded(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

field_plan plan_field(const FieldDescriptor& field) {
  const auto& options = field.options();
  field_plan plan;
  plan.field = &field;
  plan.value_kind = kind_of(field);
  plan.when_empty = options.GetExtension(when_empty);
  plan.notation = options.GetExtension(notation);
  plan.repeated = field.is_repeated() && !field.is_map();
  plan.secret = options.GetExtension(secret);
  plan.in_oneof = field.real_containing_oneof() != nullptr;
  plan.has_presence = field.has_presence();
  ensure(plan.notation == PLAIN || plan.value_kind == kind::int64);
  ensure(!plan.secret || plan.value_kind == kind::text);
  plan.key += ',';
  append_json_text(plan.key, field.json_name());
  plan.key += ':';

  if (field.is_map()) {
    ensure(field.message_type()->map_key()->type() == FieldDescriptor::TYPE_STRING);
    plan.map_value = std::make_unique<field_plan>(plan_field(*field.message_type()->map_value()));
    plan.go_type = "map[string]" + plan.map_value->go_type;
    return plan;
  }
  plan.go_element_type = go_element_type_of(field, plan.value_kind);
  plan.go_type = (plan.repeated ? "[]" : "") + plan.go_element_type;
  if (plan.value_kind == kind::message) {
    std::set<const Descriptor*> seen;
    plan.recursive = leads_to(*field.message_type(), *field.containing_type(), seen);
    if (!plan.recursive)
      plan.child = &plan_of(*field.message_type());
  }
  return plan;
}

void add_names(message_plan& plan) {
  for (const auto& field : plan.fields) {
    plan.names.emplace_back(folded(field.field->json_name()), &field);
    const auto& options = field.field->options();
    for (int i = 0; i < options.ExtensionSize(also); ++i)
      plan.names.emplace_back(folded(options.GetExtension(also, i)), &field);
  }
  std::sort(plan.names.begin(), plan.names.end());
}

void name_for_errors(message_plan& plan) {
  const auto& options = plan.descriptor->options();
  plan.go_type = go_type_of(*plan.descriptor);
  if (!options.HasExtension(go_name)) {
    plan.go_struct = plan.descriptor->name();
    return;
  }
  const std::string& name = options.GetExtension(go_name);
  const auto dot = name.find('.');
  plan.go_struct = name.substr(0, dot);
  if (dot != std::string::npos)
    plan.go_path_prefix = name.substr(dot + 1);
}

std::unique_ptr<message_plan> make_plan(const Descriptor& type) {
  auto plan = std::make_unique<message_plan>();
  plan->descriptor = &type;
  plan->message_kind = message_kind_of(type);
  name_for_errors(*plan);
  // What is written as a list or as any object has no fields of its own to name.
  const int field_count = plan->message_kind == kind::message ? type.field_count() : 0;
  plan->fields.reserve(static_cast<std::size_t>(field_count));
  for (int i = 0; i < field_count; ++i) {
    if (!type.field(i)->options().GetExtension(internal))
      plan->fields.push_back(plan_field(*type.field(i)));
  }
  add_names(*plan);
  const auto* empty = google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type);
  ensure(empty != nullptr);  // a type that is compiled in
  append_message(plan->empty_json, *empty, *plan, compact);
  return plan;
}

std::size_t slot_of(const Descriptor& type) {
  // Descriptors stand in an array, some 150 bytes each: their low bits say little.
  const auto address = reinterpret_cast<std::uintptr_t>(&type);
  return static_cast<std::size_t>(address * 0x9e3779b97f4a7c15ULL >> 32) % plans_max;
}

}  // namespace

const field_plan* message_plan::find(std::string_view folded_name) const {
  const auto at =
      std::lower_bound(names.begin(), names.end(), folded_name,
                       [](const auto& entry, std::string_view name) { return entry.first < name; });
  return at != names.end() && at->first == folded_name ? at->second : nullptr;
}

// Two threads may make the same plan at once; the first to enter it wins, and the loser's is
// dropped.
const message_plan& plan_of(const Descriptor& type) {
  std::unique_ptr<message_plan> made;
  auto at = slot_of(type);
  for (std::size_t tried = 0;; ++tried, at = (at + 1) % plans_max) {
    ensure(tried < plans_max);
    const auto* known = plans[at].load(std::memory_order_acquire);
    if (known == nullptr) {
      if (!made)
        made = make_plan(type);
      if (plans[at].compare_exchange_strong(known, made.get(), std::memory_order_acq_rel))
        return *made.release();
    }
    if (known->descriptor == &type)
      return *known;
  }
}

}  // namespace troupe::messages::json
