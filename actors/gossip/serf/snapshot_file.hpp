// The snapshot's file: read at the start, appended to, rewritten through FILE.compact. It blocks on
// the disk, so it belongs to a thread that may; it knows nothing of what the lines say.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::actors::gossip::serf {

class snapshot_file {
 public:
  // The whole text; empty if there is no such file. Fails with errc::io, or errc::too_large.
  static messages::result<std::string> read(const std::string& path);

  explicit snapshot_file(std::string path);
  ~snapshot_file();  // flushes
  snapshot_file(snapshot_file&& from) noexcept;
  snapshot_file& operator=(snapshot_file&&) = delete;

  // Makes the folder and opens the file, beginning a new line if the last one was cut short.
  messages::result<void> open();
  // Kept until flush(), which is due every 500 ms while there is something (has_unflushed()), or
  // until it is too much.
  messages::result<void> append(std::string_view lines);
  messages::result<void> flush();
  // Replaces all by `text`, so that a crash leaves the old file or the new one.
  messages::result<void> rewrite(std::string_view text);

  bool has_unflushed() const { return !waiting_.empty(); }

 private:
  messages::failure io_failure(const char* what) const;
  void close();

  std::string path_;
  int file_ = -1;
  std::string waiting_;
};

}  // namespace troupe::actors::gossip::serf
