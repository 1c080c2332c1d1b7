// The language of ?filter= (contract: Consul's go-bexpr), over any Protobuf message: selectors are
// the JSON names of fields, their types decide which operators are allowed.
#pragma once

#include <memory>
#include <string_view>

#include "messages/result.hpp"

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace troupe::messages::filter {

struct node;

class expression {
 public:
  // Compiles against the type that will be matched. Empty text matches everything. Fails with
  // errc::failed (HTTP 500) and the whole of Consul's text:
  // "Failed to create boolean expression evaluator: ...".
  static result<expression> compile(std::string_view text,
                                    const google::protobuf::Descriptor& root);

  // `message` is of the type given to compile().
  bool matches(const google::protobuf::Message& message) const;

 private:
  std::shared_ptr<const node> root_;  // null: matches everything
};

}  // namespace troupe::messages::filter
