// What a pool's member keeps on disk, its snapshot and its key file, written on a thread of their
// own: a slow disk holds up nobody. It knows nothing of what is in them.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace troupe::actors::gossip {

class gossip_disk {
 public:
  // An empty path: that one is not kept. `on_failure` takes a line for the log, on any thread.
  struct paths {
    std::string snapshot;
    std::string keys;
  };
  gossip_disk(paths where, std::function<void(std::string)> on_failure);
  ~gossip_disk();  // carries out what was ordered

  // Appends lines, or replaces all. Loss is harmless: a disk that does not keep up gets fewer.
  void append_snapshot(std::string lines);
  void rewrite_snapshot(std::string text);
  // Replaces the key file, mode 0600, durably. `done` takes the error, empty if there is none, on
  // the disk's thread. In the order of the calls.
  void write_keys(std::string contents, std::function<void(std::string)> done);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::actors::gossip
