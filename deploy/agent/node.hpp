// One running agent: opens what it keeps, starts the actors in order, and ends them in order. This
// is the only place that knows all of them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "deploy/agent/agent_config.hpp"
#include "messages/result.hpp"

namespace troupe::agent {

class node {
 public:
  struct callbacks {
    std::function<void()> on_leave;    // a request asked this node to leave
    std::function<void()> on_give_up;  // it could not join; the reason is in the log
  };
  // The callbacks are called on any thread. Fails with one line for the operator; what was opened
  // until then is closed again.
  static messages::result<std::unique_ptr<node>> start(agent_config config, callbacks tell);

  // Reads the configuration again, soon; what came of it is in the log.
  void reload();

  // Says goodbye to the gossip pools, and waits until they were told or that took too long.
  void leave();

  // Answers what is under way, ends every actor and closes the data.
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  const std::string& id() const;
  const agent_config& config() const;

 private:
  struct parts;
  explicit node(std::unique_ptr<parts> made);

  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::agent
