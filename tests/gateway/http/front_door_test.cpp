#include "gateway/http/front_door.hpp"

#include <gtest/gtest.h>

#include "gateway/http/gzip.hpp"
#include "gateway/http/url.hpp"

namespace troupe::gateway {
namespace {

struct asked {
  api_request request;
  admission admitted;
};

asked ask(http_method method, std::string text, std::string target,
          const gateway_options& options = {}) {
  asked result;
  result.request.method = method;
  result.request.method_text = std::move(text);
  result.request.target = std::move(target);
  result.admitted = admit(result.request, options);
  return result;
}

asked get(std::string target, const gateway_options& options = {}) {
  return ask(http_method::get, "GET", std::move(target), options);
}

TEST(front_door, finds_the_route_and_its_tail) {
  const auto one = get("/v1/kv/a/b%20c?raw&x=1%2B2");
  EXPECT_FALSE(one.admitted.refused);
  EXPECT_NE(one.admitted.run, nullptr);
  EXPECT_EQ(one.request.path_tail(), "a/b c");
  EXPECT_TRUE(one.request.has("raw"));
  EXPECT_EQ(one.request.value("x"), "1+2");
  EXPECT_EQ(get("/v1/agent/service/web1").request.path_tail(), "web1");
}

TEST(front_door, answers_unknown_paths_as_consul_does) {
  for (const auto* path : {"/v1/nope", "/v1/operator/area", "/v1/namespaces", "/v1/acl/list"}) {
    const auto one = get(path);
    ASSERT_TRUE(one.admitted.refused) << path;
    EXPECT_EQ(one.admitted.refused->status, 404U);
    EXPECT_FALSE(one.admitted.refused->of_the_api);
    EXPECT_EQ(one.admitted.refused->body, "Invalid URL path: not a recognized HTTP API endpoint\n");
  }
  EXPECT_EQ(get("/nope").admitted.refused->body,
            "Invalid URL path: if attempting to use the HTTP API, ensure the path starts with "
            "'/v1/'\n");
}

TEST(front_door, names_the_methods_that_are_allowed) {
  const auto wrong = ask(http_method::post, "POST", "/v1/kv/x").admitted.refused;
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 405U);
  EXPECT_EQ(wrong->body, "method POST not allowed");
  EXPECT_EQ(wrong->header_value("Allow"), "OPTIONS,GET,PUT,DELETE");
  EXPECT_TRUE(wrong->of_the_api);
  EXPECT_EQ(ask(http_method::patch, "PATCH", "/v1/query/x").admitted.refused->header_value("Allow"),
            "GET,PUT,DELETE");
  EXPECT_EQ(ask(http_method::head, "HEAD", "/v1/status/leader").admitted.refused->status, 405U);
}

TEST(front_door, answers_options) {
  const auto plain = ask(http_method::options, "OPTIONS", "/v1/kv/x").admitted.refused;
  EXPECT_EQ(plain->status, 200U);
  EXPECT_EQ(plain->body, "");
  EXPECT_EQ(plain->content_type, empty_json_type);
  const auto query = ask(http_method::options, "OPTIONS", "/v1/query/x").admitted.refused;
  EXPECT_EQ(query->body, "{}");
  EXPECT_EQ(query->header_value("Allow"), "OPTIONS,GET,PUT,DELETE");
}

TEST(front_door, redirects_to_the_cleaned_path) {
  const auto one = get("/v1/kv/a/../b?x=1").admitted.refused;
  ASSERT_TRUE(one);
  EXPECT_EQ(one->status, 307U);
  EXPECT_EQ(one->header_value("Location"), "/v1/kv/b?x=1");
  EXPECT_EQ(get("/v1/kv//lead").admitted.refused->body,
            "<a href=\"/v1/kv/lead\">Temporary Redirect</a>.\n\n");
  const auto put = ask(http_method::put, "PUT", "/v1/kv//lead").admitted.refused;
  EXPECT_EQ(put->body, "");
  EXPECT_EQ(put->content_type, "");
  EXPECT_EQ(get("/v1/kv").admitted.refused->header_value("Location"), "/v1/kv/");
}

TEST(front_door, cleans_what_only_decoding_made_unclean) {
  EXPECT_EQ(get("/v1/kv/a%2f..%2fb").request.path_tail(), "b");
  EXPECT_EQ(get("/v1/kv/a%2f%2fb").request.path_tail(), "a/b");
  EXPECT_EQ(get("/v1/kv/.%2fa").request.path_tail(), "a");
  EXPECT_EQ(get("/v1/kv/a%2f.").request.path_tail(), "a");
  EXPECT_EQ(get("/v1/kv/%2e%2e").request.path_tail(), "..");
  EXPECT_EQ(get("/v1/kv/dir%2f").request.path_tail(), "dir/");
}

TEST(front_door, refuses_control_characters_and_broken_escapes) {
  for (const auto* path : {"/v1/kv/a%00b", "/v1/kv/a%7fb", "/v1/kv/a%0ab"}) {
    const auto one = get(path).admitted.refused;
    ASSERT_TRUE(one) << path;
    EXPECT_EQ(one->status, 400U);
    EXPECT_EQ(one->body, "");
    EXPECT_EQ(one->content_type, "");
  }
  EXPECT_EQ(get("/v1/kv/a%zz").admitted.refused->status, 400U);
  const auto query = get("/v1/catalog/nodes?dc=%zz").admitted.refused;
  EXPECT_EQ(query->status, 500U);
  EXPECT_EQ(query->body, "");
  EXPECT_TRUE(query->of_the_api);
}

TEST(front_door, blocks_configured_endpoints) {
  gateway_options options;
  options.block_endpoints = {"/v1/agent"};
  const auto one = get("/v1/agent/self", options).admitted.refused;
  EXPECT_EQ(one->status, 403U);
  EXPECT_EQ(one->body, "Endpoint is blocked by agent configuration");
  EXPECT_FALSE(get("/v1/kv/a", options).admitted.refused);
}

TEST(front_door, leads_to_the_page_only_when_it_is_on) {
  EXPECT_EQ(get("/").admitted.refused->status, 200U);
  EXPECT_EQ(get("/ui/").admitted.refused->status, 404U);
  gateway_options on;
  on.ui_enabled = true;
  EXPECT_EQ(get("/", on).admitted.refused->status, 301U);
  EXPECT_EQ(get("/", on).admitted.refused->body, "<a href=\"/ui/\">Moved Permanently</a>.\n\n");
  EXPECT_EQ(get("/ui", on).admitted.refused->status, 307U);
  EXPECT_FALSE(get("/ui/services/web", on).admitted.refused);
  EXPECT_EQ(get("/other", on).admitted.refused->status, 404U);
}

TEST(front_door, says_how_large_a_body_was) {
  const auto one = body_too_large(get("/v1/kv/big").request, 524289, 524288);
  EXPECT_EQ(one.status, 413U);
  EXPECT_TRUE(one.close);
  EXPECT_EQ(one.body,
            "Request body(524289 bytes) too large, max size: 524288 bytes. See "
            "https://developer.hashicorp.com/docs/agent/config/config-files#kv_max_value_size.");
}

TEST(url, encodes_pairs_sorted_by_name) {
  std::vector<query_parameter> query;
  EXPECT_TRUE(parse_query("recurse&cas=1", query));
  EXPECT_EQ(encode_query(query), "cas=1&recurse=");
}

TEST(gzip, is_taken_only_from_those_who_say_so) {
  EXPECT_TRUE(takes_gzip("gzip, deflate"));
  EXPECT_TRUE(takes_gzip("deflate,gzip;q=0.5"));
  EXPECT_FALSE(takes_gzip("gzip;q=0"));
  EXPECT_FALSE(takes_gzip("deflate"));
  const auto small = gzip(std::string(10'000, 'x'));
  ASSERT_TRUE(small);
  EXPECT_LT(small->size(), 200U);
  EXPECT_EQ(small->substr(0, 2), "\x1f\x8b");
}

TEST(api_response, lets_nobody_add_a_header) {
  api_response response;
  response.header("X-Consul-Reason", "a\r\nSet-Cookie: b");
  EXPECT_EQ(response.header_lines(), "X-Consul-Reason: a  Set-Cookie: b\r\n");
}

}  // namespace
}  // namespace troupe::gateway
