#include "messages/query/query_template.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "messages/filter/go_regexp.hpp"
#include "messages/limits.hpp"
#include "messages/query/interpolation.hpp"

namespace troupe::messages::query {

namespace {

failure refusal(std::string why) {
  return {errc::failed, std::move(why)};
}

// Fills in the texts of a definition, one after the other.
class renderer {
 public:
  explicit renderer(const interpolation_values& values) : values_(values) {}

  void operator()(std::string& text, const std::string& where) {
    if (failed_)
      return;
    auto rendered = interpolate(text, values_);
    if (!rendered) {
      const bool unread = rendered.error().code == errc::bad_request;
      failed_ = refusal((unread ? "Bad format '" : "Bad evaluation for '") + text + "' in Service" +
                        where + ": " + rendered.error().detail);
      return;
    }
    bytes_ += rendered->size();
    if (bytes_ > limits::query_rendered_bytes_max)
      failed_ = refusal("the query is too large under this name");
    else
      text = std::move(*rendered);
  }

  void operator()(google::protobuf::RepeatedPtrField<std::string>& texts,
                  const std::string& where) {
    for (int i = 0; i < texts.size(); ++i)
      (*this)(texts[i], where + "[" + std::to_string(i) + "]");
  }

  void operator()(google::protobuf::Map<std::string, std::string>& texts,
                  const std::string& where) {
    for (auto& [key, text] : texts)
      (*this)(text, where + "[" + key + "]");
  }

  const std::optional<failure>& failed() const { return failed_; }

 private:
  const interpolation_values& values_;
  std::size_t bytes_ = 0;
  std::optional<failure> failed_;
};

result<void> render_all(QueryService& service, const interpolation_values& values) {
  renderer render(values);
  render(*service.mutable_service(), ".Service");
  render(*service.mutable_sameness_group(), ".SamenessGroup");
  render(*service.mutable_failover()->mutable_datacenters(), ".Failover.Datacenters");
  auto& targets = *service.mutable_failover()->mutable_targets();
  for (int i = 0; i < targets.size(); ++i) {
    const auto where = ".Failover.Targets[" + std::to_string(i) + "]";
    render(*targets[i].mutable_peer(), where + ".Peer");
    render(*targets[i].mutable_datacenter(), where + ".Datacenter");
  }
  render(*service.mutable_ignore_check_ids(), ".IgnoreCheckIDs");
  render(*service.mutable_near(), ".Near");
  render(*service.mutable_tags(), ".Tags");
  render(*service.mutable_node_meta(), ".NodeMeta");
  render(*service.mutable_service_meta(), ".ServiceMeta");
  render(*service.mutable_peer(), ".Peer");
  return render.failed() ? result<void>(*render.failed()) : result<void>();
}

result<interpolation_values> values_for(const PreparedQuery& query, std::string_view name) {
  interpolation_values values;
  values.full = name;
  values.prefix = query.name();
  values.suffix = name.substr(name.starts_with(query.name()) ? query.name().size() : 0);
  const auto& pattern = query.template_().regexp();
  if (pattern.empty())
    return values;
  const auto compiled = filter::compile_go_regexp(pattern, filter::regexp_groups::kept);
  if (!compiled)
    return refusal("Bad Regexp: " + compiled.error().detail);
  values.matched = filter::groups_matched(**compiled, name, limits::query_regexp_groups_max);
  return values;
}

void remove_empty(google::protobuf::RepeatedPtrField<std::string>& texts) {
  texts.erase(std::remove(texts.begin(), texts.end(), std::string()), texts.end());
}

}  // namespace

result<void> check_query_template(const PreparedQuery& query) {
  if (query.template_().type() != "name_prefix_match")
    return refusal("Bad Template.Type '" + query.template_().type() + "'");
  if (auto rendered = render_query(query, query.name()); !rendered)
    return rendered.error();
  return {};
}

result<PreparedQuery> render_query(const PreparedQuery& query, std::string_view name) {
  const auto values = values_for(query, name);
  if (!values)
    return values.error();
  PreparedQuery rendered = query;
  auto& service = *rendered.mutable_service();
  if (auto done = render_all(service, *values); !done)
    return done.error();
  if (query.template_().remove_empty_tags())
    remove_empty(*service.mutable_tags());
  return rendered;
}

}  // namespace troupe::messages::query
