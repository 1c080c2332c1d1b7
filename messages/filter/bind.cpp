#include "messages/filter/bind.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include "messages/catalog.pb.h"
#include "messages/filter/go_regexp.hpp"
#include "messages/filter/go_text.hpp"
#include "messages/go_quote.hpp"
#include "messages/json_options.pb.h"
#include "messages/limits.hpp"

namespace troupe::messages::filter {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// What a selector can end at, which decides the operators it takes.
enum class shape { text, scalar, list_of_scalars, list_of_messages, map, message };

// Objects of any form have no fields that could be named.
bool is_opaque(const Descriptor& type) {
  return type.full_name() == "google.protobuf.Struct" ||
         type.full_name() == HeaderValues::descriptor()->full_name() ||
         type.full_name() == ServiceTags::descriptor()->full_name();
}

bool is_selectable(const FieldDescriptor& field) {
  const auto& options = field.options();
  const bool hidden = options.GetExtension(no_selector) || options.GetExtension(internal);
  const bool any_object = !field.is_map() && field.message_type() != nullptr &&
                          field.message_type()->full_name() == "google.protobuf.Struct";
  return !hidden && !any_object && field.type() != FieldDescriptor::TYPE_BYTES;
}

const FieldDescriptor* field_named(const Descriptor& type, std::string_view name) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (field->json_name() == name && is_selectable(*field))
      return field;
  }
  return nullptr;
}

std::string joined(const std::vector<std::string>& parts, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += (i == 0 ? "" : ".") + parts[i];
  return out;
}

// Where a selector led.
struct target {
  std::vector<step> path;
  const FieldDescriptor* leaf = nullptr;  // the last field, or a map's value behind a key
  shape form = shape::message;
};

shape shape_of(const FieldDescriptor& field) {
  if (field.is_map())
    return shape::map;
  const bool message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (field.is_repeated())
    return message ? shape::list_of_messages : shape::list_of_scalars;
  if (message)
    return shape::message;
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ? shape::text : shape::scalar;
}

bool is_string_map(const FieldDescriptor& field) {
  return field.is_map() &&
         field.message_type()->map_key()->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

// The message type whose fields the next part of a selector may name; null: none.
const Descriptor* below(const FieldDescriptor& field) {
  const auto* type = field.message_type();
  return type == nullptr || is_opaque(*type) ? nullptr : type;
}

result<target> resolve(const std::vector<std::string>& selector, const Descriptor& root) {
  target out;
  const Descriptor* type = &root;
  for (std::size_t i = 0; i < selector.size(); ++i) {
    const auto* field = type == nullptr ? nullptr : field_named(*type, selector[i]);
    if (field == nullptr)
      return failure{errc::failed,
                     "Selector " + go_quote(joined(selector, i + 1)) + " is not valid"};
    auto& added = out.path.emplace_back();
    added.field = field;
    out.leaf = field;
    if (is_string_map(*field) && i + 1 < selector.size()) {
      const auto* value = field->message_type()->map_value();
      if (value->message_type() != nullptr && is_opaque(*value->message_type()))
        return failure{errc::failed,
                       "Selector " + go_quote(joined(selector, i + 2)) + " is not valid"};
      added.key.emplace().SetStringValue(selector[++i]);
      out.leaf = value;
    }
    type = out.leaf->is_map() ? nullptr : below(*out.leaf);
  }
  out.form = shape_of(*out.leaf);
  return out;
}

bool takes(shape form, operation op) {
  const bool equality = op == operation::equal || op == operation::not_equal;
  const bool membership = op == operation::in || op == operation::not_in;
  const bool emptiness = op == operation::is_empty || op == operation::is_not_empty;
  switch (form) {
    case shape::text:
      return !emptiness;
    case shape::scalar:
      return equality;
    case shape::list_of_scalars:
    case shape::map:
      return membership || emptiness;
    case shape::list_of_messages:
      return emptiness;
    case shape::message:
      return false;
  }
  return false;
}

void ask(operation op, match& what) {
  switch (op) {
    case operation::not_equal:
    case operation::not_in:
    case operation::is_not_empty:
    case operation::not_matches:
      what.negated = true;
      break;
    default:
      break;
  }
  switch (op) {
    case operation::equal:
    case operation::not_equal:
      what.asks = question::equal;
      break;
    case operation::in:
    case operation::not_in:
      what.asks = question::contains;
      break;
    case operation::is_empty:
    case operation::is_not_empty:
      what.asks = question::empty;
      break;
    case operation::matches:
    case operation::not_matches:
      what.asks = question::matches;
      break;
  }
}

// Reads the value as what the field holds; the reason if it is none.
template <class T>
std::optional<std::string> read_as(result<T> parsed, match& what) {
  if (!parsed)
    return parsed.error().detail;
  what.value = *parsed;
  return std::nullopt;
}

std::optional<std::string> coerce(const std::string& value, const target& found, match& what) {
  if (found.form == shape::map) {
    what.key.emplace().SetStringValue(value);
    return std::nullopt;
  }
  switch (found.leaf->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return read_as(go_parse_int(value), what);
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return read_as(go_parse_uint(value), what);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return read_as(go_parse_float(value), what);
    case FieldDescriptor::CPPTYPE_BOOL:
      return read_as(go_parse_bool(value), what);
    default:
      what.value = value;
      return std::nullopt;
  }
}

failure refused(std::string why) {
  return {errc::failed, std::move(why)};
}

class binder {
 public:
  explicit binder(const Descriptor& root) : root_(root) {}

  result<node> bind(const syntax& tree) {
    node out;
    out.kind = tree.kind;
    for (const auto& child : tree.children) {
      auto bound = bind(child);
      if (!bound)
        return bound;
      out.children.push_back(*std::move(bound));
    }
    if (tree.kind == syntax_kind::match) {
      if (auto bound = bind_match(tree, out.what); !bound)
        return bound.error();
    }
    return out;
  }

 private:
  result<void> bind_match(const syntax& tree, match& what) {
    auto found = resolve(tree.selector, root_);
    if (!found)
      return found.error();
    const auto shown = "selector " + go_quote(joined(tree.selector, tree.selector.size()));
    if (!takes(found->form, tree.op))
      return refused("Invalid match operator \"" + std::string(name_of(tree.op)) + "\" for " +
                     shown);
    ask(tree.op, what);
    if (what.asks != question::empty) {
      if (const auto why = coerce(tree.value, *found, what))
        return refused("Failed to coerce value " + go_quote(tree.value) + " for " + shown + ": " +
                       *why);
    }
    what.path = std::move(found->path);
    return what.asks == question::matches ? bind_pattern(tree.value, what) : result<void>{};
  }

  result<void> bind_pattern(const std::string& pattern, match& what) {
    if (++patterns_ > limits::filter_regexps_max)
      return refused("more than " + std::to_string(limits::filter_regexps_max) +
                     " regular expressions");
    auto compiled = compile_go_regexp(pattern);
    if (!compiled)
      return refused("Failed to compile regular expression " + go_quote(pattern) + ": " +
                     compiled.error().detail);
    what.pattern = *std::move(compiled);
    return {};
  }

  const Descriptor& root_;
  std::size_t patterns_ = 0;
};

}  // namespace

result<node> bind(const syntax& tree, const Descriptor& root) {
  return binder(root).bind(tree);
}

}  // namespace troupe::messages::filter
