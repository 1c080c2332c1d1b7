#include "messages/json_encoder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/struct.pb.h>

#include "messages/base64.hpp"
#include "messages/go_duration.hpp"
#include "messages/go_time.hpp"
#include "messages/json_text.hpp"

namespace troupe::messages::json {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Value;

// Where a value stands: a field, or one element of a repeated one.
struct place {
  const Message& message;
  const Reflection& reflection;
  const field_plan& plan;
  int element = -1;  // -1: the field itself

  bool is_element() const { return element >= 0; }
};

template <class Entry>
bool by_key(const Entry& a, const Entry& b) {
  return a.first < b.first;
}

// A map's entries, sorted; most maps are small and need no memory for it.
template <class Mapped>
class sorted_entries {
 public:
  using entry = std::pair<std::string_view, const Mapped*>;

  explicit sorted_entries(std::size_t size) : size_(size) {
    if (size > few_.size())
      many_.resize(size);
  }
  void add(std::string_view key, const Mapped& mapped) { data()[filled_++] = {key, &mapped}; }
  std::span<const entry> sorted() {
    std::sort(data(), data() + size_, by_key<entry>);
    return {data(), size_};
  }

 private:
  entry* data() { return many_.empty() ? few_.data() : many_.data(); }

  std::array<entry, 16> few_;
  std::vector<entry> many_;
  std::size_t size_;
  std::size_t filled_ = 0;
};

class encoder {
 public:
  encoder(std::string& out, style how)
      : out_(out), pretty_(how.pretty), null_lists_(how.null_lists), depth_(how.depth) {}

  // By the plan's kind.
  void root(const Message& message, const message_plan& plan);

 private:
  void message(const Message& message, const message_plan& plan);

  // -- objects and arrays ------------------------------------------------

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
  }
  void close(char bracket, bool empty) {
    --depth_;
    if (pretty_ && !empty)
      append_json_new_line(out_, depth_);
    out_ += bracket;
  }
  void separate(bool& first) {
    if (!first)
      out_ += ',';
    first = false;
    if (pretty_)
      append_json_new_line(out_, depth_);
  }
  void member_key(std::string_view key, bool& first) {
    separate(first);
    append_json_text(out_, key);
    out_ += ':';
    if (pretty_)
      out_ += ' ';
  }
  void field_key(const field_plan& plan, bool& first) {
    if (!pretty_) {
      out_.append(plan.key, first ? 1 : 0);
      first = false;
      return;
    }
    separate(first);
    out_.append(plan.key, 1);
    out_ += ' ';
  }

  // -- fields ------------------------------------------------------------

  void field(const place& at, bool& first);
  void number_field(const place& at, bool& first);
  void text_field(const place& at, bool& first);
  void list(const place& at, int size);
  void map(const place& at, int size);
  // Writes the field's name if its value is to follow; else what stands for an empty one.
  bool begin(const field_plan& plan, bool empty, bool& first);

  // -- values ------------------------------------------------------------

  void value(const place& at);
  void number(const place& at);
  void integer(const field_plan& plan, std::int64_t value);
  void text(const field_plan& plan, const std::string& value);
  void nested(const place& at);
  void texts(const Message& wrapper);
  void any_object(const Struct& object);
  void any_value(const Value& value);
  void any_list(const google::protobuf::ListValue& list);

  std::string& out_;
  const bool pretty_;
  const bool null_lists_;
  int depth_;
};

const Message& message_at(const place& at) {
  return at.is_element() ? at.reflection.GetRepeatedMessage(at.message, at.plan.field, at.element)
                         : at.reflection.GetMessage(at.message, at.plan.field);
}

const std::string& text_at(const place& at, std::string& scratch) {
  return at.is_element() ? at.reflection.GetRepeatedStringReference(at.message, at.plan.field,
                                                                    at.element, &scratch)
                         : at.reflection.GetStringReference(at.message, at.plan.field, &scratch);
}

// Whether the field has its zero value, for kinds that are numbers.
bool is_zero(const place& at) {
  const auto& [message, reflection, plan, element] = at;
  switch (plan.value_kind) {
    case kind::boolean:
      return !reflection.GetBool(message, plan.field);
    case kind::int32:
      return reflection.GetInt32(message, plan.field) == 0;
    case kind::int64:
      return reflection.GetInt64(message, plan.field) == 0;
    case kind::uint32:
      return reflection.GetUInt32(message, plan.field) == 0;
    case kind::uint64:
      return reflection.GetUInt64(message, plan.field) == 0;
    case kind::float32:
      return reflection.GetFloat(message, plan.field) == 0;
    case kind::float64:
      return reflection.GetDouble(message, plan.field) == 0;
    default:
      return reflection.GetEnumValue(message, plan.field) == 0;
  }
}

void encoder::root(const Message& message, const message_plan& plan) {
  switch (plan.message_kind) {
    case kind::texts:
      return texts(message);
    case kind::any_object:
      return any_object(static_cast<const Struct&>(message));
    default:
      return this->message(message, plan);
  }
}

void encoder::message(const Message& message, const message_plan& plan) {
  const auto& reflection = *message.GetReflection();
  open('{');
  bool first = true;
  for (const auto& field_of : plan.fields)
    field({message, reflection, field_of}, first);
  close('}', first);
}

bool encoder::begin(const field_plan& plan, bool empty, bool& first) {
  if (empty && plan.when_empty == OMITTED)
    return false;
  field_key(plan, first);
  if (empty && plan.when_empty == WRITTEN_NULL) {
    out_ += "null";
    return false;
  }
  return true;
}

void encoder::field(const place& at, bool& first) {
  const auto& plan = at.plan;
  if (plan.field->is_repeated()) {
    const int size = at.reflection.FieldSize(at.message, plan.field);
    if (!begin(plan, size == 0, first))
      return;
    if (plan.map_value)
      map(at, size);
    else if (size == 0 && null_lists_)
      out_ += "null";
    else
      list(at, size);
    return;
  }
  if (plan.in_oneof && !at.reflection.HasField(at.message, plan.field))
    return;
  switch (plan.value_kind) {
    case kind::text:
    case kind::bytes:
      return text_field(at, first);
    case kind::message: {
      const bool unset = !at.reflection.HasField(at.message, plan.field);
      if (!begin(plan, unset, first))
        return;
      if (unset && plan.recursive)
        out_ += "null";
      else if (unset && !pretty_ && !null_lists_)
        out_ += plan.child->empty_json;
      else
        nested(at);
      return;
    }
    case kind::texts: {
      const auto& wrapper = message_at(at);
      const auto& list = *texts_field(*wrapper.GetDescriptor());
      if (begin(plan, wrapper.GetReflection()->FieldSize(wrapper, &list) == 0, first))
        texts(wrapper);
      return;
    }
    case kind::any_object: {
      const auto& object = static_cast<const Struct&>(message_at(at));
      if (begin(plan, object.fields().empty(), first))
        any_object(object);
      return;
    }
    default:
      return number_field(at, first);
  }
}

void encoder::number_field(const place& at, bool& first) {
  const bool empty =
      at.plan.when_empty != WRITTEN &&
      (at.plan.has_presence ? !at.reflection.HasField(at.message, at.plan.field) : is_zero(at));
  if (begin(at.plan, empty, first))
    number(at);
}

void encoder::text_field(const place& at, bool& first) {
  std::string scratch;
  const auto& value = text_at(at, scratch);
  const bool empty =
      at.plan.has_presence ? !at.reflection.HasField(at.message, at.plan.field) : value.empty();
  if (begin(at.plan, empty, first))
    text(at.plan, value);
}

void encoder::list(const place& at, int size) {
  open('[');
  bool first = true;
  for (int i = 0; i < size; ++i) {
    separate(first);
    value({at.message, at.reflection, at.plan, i});
  }
  close(']', first);
}

void encoder::map(const place& at, int size) {
  open('{');
  bool first = true;
  sorted_entries<Message> entries{static_cast<std::size_t>(size)};
  const auto* key_field = at.plan.field->message_type()->map_key();
  std::string scratch;
  for (int i = 0; i < size; ++i) {
    const auto& entry = at.reflection.GetRepeatedMessage(at.message, at.plan.field, i);
    entries.add(entry.GetReflection()->GetStringReference(entry, key_field, &scratch), entry);
  }
  for (const auto& [key, entry] : entries.sorted()) {
    member_key(key, first);
    value({*entry, *entry->GetReflection(), *at.plan.map_value});
  }
  close('}', first);
}

void encoder::value(const place& at) {
  switch (at.plan.value_kind) {
    case kind::text:
    case kind::bytes: {
      std::string scratch;
      return text(at.plan, text_at(at, scratch));
    }
    case kind::message:
      return nested(at);
    case kind::texts:
      return texts(message_at(at));
    case kind::any_object:
      return any_object(static_cast<const Struct&>(message_at(at)));
    default:
      return number(at);
  }
}

void encoder::number(const place& at) {
  const auto& [message, reflection, plan, element] = at;
  const auto* field = plan.field;
  const bool one = !at.is_element();
  switch (plan.value_kind) {
    case kind::boolean: {
      const bool value = one ? reflection.GetBool(message, field)
                             : reflection.GetRepeatedBool(message, field, element);
      out_ += value ? "true" : "false";
      return;
    }
    case kind::int32:
      return append_json_number(
          out_, std::int64_t{one ? reflection.GetInt32(message, field)
                                 : reflection.GetRepeatedInt32(message, field, element)});
    case kind::int64:
      return integer(plan, one ? reflection.GetInt64(message, field)
                               : reflection.GetRepeatedInt64(message, field, element));
    case kind::uint32:
      return append_json_number(
          out_, std::uint64_t{one ? reflection.GetUInt32(message, field)
                                  : reflection.GetRepeatedUInt32(message, field, element)});
    case kind::uint64:
      return append_json_number(
          out_, std::uint64_t{one ? reflection.GetUInt64(message, field)
                                  : reflection.GetRepeatedUInt64(message, field, element)});
    case kind::float32:
      return append_json_number(out_, one ? reflection.GetFloat(message, field)
                                          : reflection.GetRepeatedFloat(message, field, element));
    case kind::float64:
      return append_json_number(out_, one ? reflection.GetDouble(message, field)
                                          : reflection.GetRepeatedDouble(message, field, element));
    default: {
      const auto* value = one ? reflection.GetEnum(message, field)
                              : reflection.GetRepeatedEnum(message, field, element);
      return append_json_text(out_, value->name());
    }
  }
}

void encoder::integer(const field_plan& plan, std::int64_t value) {
  switch (plan.notation) {
    case DURATION:
      out_ += '"';
      out_ += to_go_duration(std::chrono::nanoseconds{value});
      out_ += '"';
      return;
    case TIME:
      out_ += '"';
      append_go_time(out_, value);
      out_ += '"';
      return;
    default:
      append_json_number(out_, value);
  }
}

void encoder::text(const field_plan& plan, const std::string& value) {
  if (plan.value_kind == kind::bytes) {
    out_ += '"';
    append_base64(out_, value);
    out_ += '"';
    return;
  }
  append_json_text(out_, plan.secret && !value.empty() ? std::string_view("hidden") : value);
}

void encoder::nested(const place& at) {
  message(message_at(at), child_plan(at.plan));
}

void encoder::texts(const Message& wrapper) {
  const auto& reflection = *wrapper.GetReflection();
  const auto* field = texts_field(*wrapper.GetDescriptor());
  open('[');
  bool first = true;
  std::string scratch;
  const int size = reflection.FieldSize(wrapper, field);
  for (int i = 0; i < size; ++i) {
    separate(first);
    append_json_text(out_, reflection.GetRepeatedStringReference(wrapper, field, i, &scratch));
  }
  close(']', first);
}

void encoder::any_object(const Struct& object) {
  open('{');
  bool first = true;
  sorted_entries<Value> entries{object.fields().size()};
  for (const auto& [key, value] : object.fields())
    entries.add(key, value);
  for (const auto& [key, value] : entries.sorted()) {
    member_key(key, first);
    any_value(*value);
  }
  close('}', first);
}

void encoder::any_value(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return append_json_number(out_, value.number_value());
    case Value::kStringValue:
      return append_json_text(out_, value.string_value());
    case Value::kBoolValue:
      out_ += value.bool_value() ? "true" : "false";
      return;
    case Value::kStructValue:
      return any_object(value.struct_value());
    case Value::kListValue:
      return any_list(value.list_value());
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      out_ += "null";
  }
}

void encoder::any_list(const google::protobuf::ListValue& list) {
  open('[');
  bool first = true;
  for (const auto& value : list.values()) {
    separate(first);
    any_value(value);
  }
  close(']', first);
}

}  // namespace

void append_message(std::string& out, const Message& message, const message_plan& plan, style how) {
  encoder{out, how}.root(message, plan);
}

}  // namespace troupe::messages::json
