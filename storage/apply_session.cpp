// The commands of sessions. What a client may ask for was decided before the log; here stands what
// depends on the catalog.
#include "storage/session_rows.hpp"

namespace troupe::storage {

using messages::CommandResult;
using messages::Session;

namespace {

// Why the session cannot be; empty: it can.
std::string unfit_check(const transaction& txn, const Session& session) {
  for (const auto& id : checks_of_session(session)) {
    const auto check = txn.get<check_table>(check_table::key(session.node(), id));
    if (!check)
      return "Missing check '" + id + "' registration";
    if (check->status() == "critical")
      return "Check '" + id + "' is in critical state";
  }
  return {};
}

}  // namespace

CommandResult apply_session_create(apply_context& batch, Session session) {
  const auto& txn = batch.txn();
  if (session.id().empty())
    return refused("Missing session ID");
  if (txn.contains<session_table>(session_table::key(session.id())))
    return refused("Session ID '" + session.id() + "' is in use");
  if (!txn.contains<node_table>(node_table::key(session.node())))
    return refused("Missing node registration");
  if (auto why = unfit_check(txn, session); !why.empty())
    return refused(std::move(why));
  if (session.behavior().empty())
    session.set_behavior("release");
  session.set_create_index(batch.log_index());
  session.set_modify_index(batch.log_index());
  put_session(batch, session);
  auto outcome = done();
  outcome.set_session_id(session.id());
  return outcome;
}

CommandResult apply_session_destroy(apply_context& batch, const std::string& id) {
  end_session(batch, id);
  return done();
}

}  // namespace troupe::storage
