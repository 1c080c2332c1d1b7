#include "actors/cache/request_key.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include "messages/ensure.hpp"

namespace troupe::actors::cache {

void keep_what_is_asked(messages::ReadOptions& options, const std::string& own_datacenter) {
  options.clear_min_index();
  options.clear_wait_ms();
  options.clear_ticket();
  options.clear_cache();
  options.clear_max_stale_ms();
  // The answer will be old anyway: no reason to trouble the leader.
  options.set_consistency(messages::STALE);
  if (options.datacenter().empty())
    options.set_datacenter(own_datacenter);
}

std::string request_key(const google::protobuf::Message& asked) {
  std::string key = asked.GetDescriptor()->name();
  key.push_back('\0');
  google::protobuf::io::StringOutputStream text(&key);
  google::protobuf::io::CodedOutputStream out(&text);
  // Else a map's order would tell equal requests apart.
  out.SetSerializationDeterministic(true);
  messages::ensure(asked.SerializeToCodedStream(&out));
  out.Trim();
  return key;
}

}  // namespace troupe::actors::cache
