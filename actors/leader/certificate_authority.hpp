// The mesh's first certificate authority: a self-signed root with its key. It makes one and keeps
// nothing; the root travels in a CaRootSet command. All of OpenSSL that the leader needs is in
// here.
#pragma once

#include <cstdint>
#include <string>

#include "messages/connect.pb.h"
#include "messages/result.hpp"

namespace troupe::actors {

struct root_options {
  std::string cluster_id;  // a UUID; the trust domain is <cluster_id>.consul
  std::int64_t not_before_unix_s = 0;
  std::uint64_t serial_number = 0;  // above 0
  std::string name_part;            // makes the common name unlike any earlier root's
};

// An EC P-256 root, valid for ten years, with its private key in PEM. Fails with errc::failed and
// OpenSSL's reason.
messages::result<messages::CaRootSet> make_root(const root_options& options);

// A random UUID, serial number and name part, from the system's secure source.
root_options random_root_options(std::int64_t unix_s);

}  // namespace troupe::actors
