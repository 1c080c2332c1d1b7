#include <string>

#include <gtest/gtest.h>

#include "probe_fixture.hpp"
#include "scripted_server.hpp"
#include "test_certificate.hpp"

namespace troupe::actors {
namespace {

std::string response(const std::string& status, const std::string& body = "",
                     const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         more + "\r\n" + body;
}

class http_probe_test : public probe_fixture {
 protected:
  static messages::CheckDefinition to(const std::string& url) {
    messages::CheckDefinition definition;
    definition.set_http(url);
    return definition;
  }
  static void set_timeout(messages::CheckDefinition& definition,
                          std::chrono::milliseconds timeout) {
    definition.set_timeout(std::chrono::nanoseconds{timeout}.count());
  }
};

TEST_F(http_probe_test, judges_by_the_status_code) {
  struct judged {
    const char* status;
    check_status expected;
  };
  for (const auto& one :
       {judged{"200 OK", check_status::passing}, judged{"204 No Content", check_status::passing},
        judged{"429 Too Many Requests", check_status::warning},
        judged{"404 Not Found", check_status::critical},
        judged{"503 Service Unavailable", check_status::critical}}) {
    const std::string status = one.status;
    const std::string body = status == "204 No Content" ? "" : "all of it";
    scripted_server server(io_, [&](const auto&) { return response(status, body); });
    const auto url = "http://" + server.address() + "/health";
    EXPECT_EQ(run(to(url)),
              (check_result{one.expected, "HTTP GET " + url + ": " + status + " Output: " + body}));
  }
}

TEST_F(http_probe_test, sends_what_the_definition_says_and_consuls_defaults) {
  scripted_server server(io_, [](const auto&) { return response("200 OK"); });
  auto definition = to("http://" + server.address() + "/a?b=c");
  run(definition);
  EXPECT_NE(server.heads().at(0).find("GET /a?b=c HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(server.heads()[0].find("User-Agent: Consul Health Check\r\n"), std::string::npos);
  EXPECT_NE(server.heads()[0].find("Accept: text/plain, text/*, */*\r\n"), std::string::npos);

  definition.set_method("POST");
  definition.set_body("ping");
  (*definition.mutable_header())["X-Two"].add_values("1");
  (*definition.mutable_header())["X-Two"].add_values("2");
  (*definition.mutable_header())["Host"].add_values("other.example");
  (*definition.mutable_header())["user-agent"].add_values("mine");
  run(definition);
  const auto& head = server.heads().at(1);
  EXPECT_NE(head.find("POST /a?b=c HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(head.find("Host: other.example\r\n"), std::string::npos);
  EXPECT_NE(head.find("X-Two: 1\r\n"), std::string::npos);
  EXPECT_NE(head.find("X-Two: 2\r\n"), std::string::npos);
  EXPECT_NE(head.find("user-agent: mine\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Consul Health Check"), std::string::npos);
  EXPECT_NE(head.find("Content-Length: 4\r\n"), std::string::npos);
}

TEST_F(http_probe_test, refuses_to_send_what_would_split_a_request) {
  auto definition = to("http://127.0.0.1:1/");
  (*definition.mutable_header())["X"].add_values("a\r\nEvil: 1");
  EXPECT_EQ(run(definition).output,
            "Get \"http://127.0.0.1:1/\": net/http: invalid header field value for \"X\"");
  definition = to("http://127.0.0.1:1/");
  definition.set_method("GET / HTTP/1.1\r\nEvil:");
  EXPECT_EQ(run(definition).status, check_status::critical);
}

TEST_F(http_probe_test, tells_failures_in_gos_words) {
  EXPECT_EQ(run(to("http://127.0.0.1:1/x")),
            (check_result{check_status::critical,
                          "Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection "
                          "refused"}));
  EXPECT_EQ(run(to("ftp://x/")).output, "Get \"ftp://x/\": unsupported protocol scheme \"ftp\"");
  scripted_server closing(io_, [](const auto&) { return ""; });
  const auto url = "http://" + closing.address() + "/";
  EXPECT_EQ(run(to(url)).output, "Get \"" + url + "\": EOF");
}

TEST_F(http_probe_test, gives_up_at_its_timeout) {
  scripted_server silent(io_, [](const auto&) { return std::nullopt; });
  const auto url = "http://" + silent.address() + "/";
  auto definition = to(url);
  set_timeout(definition, std::chrono::milliseconds{200});
  EXPECT_EQ(run(definition).output, "Get \"" + url +
                                        "\": context deadline exceeded (Client.Timeout exceeded "
                                        "while awaiting headers)");
}

TEST_F(http_probe_test, judges_by_the_head_where_the_body_never_ends) {
  scripted_server server(
      io_, [](const auto&) { return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"; });
  const auto url = "http://" + server.address() + "/";
  EXPECT_EQ(run(to(url)),
            (check_result{check_status::passing, "HTTP GET " + url + ": 200 OK Output: part"}));
}

TEST_F(http_probe_test, keeps_the_end_of_a_huge_body_and_reads_no_more_than_a_bound) {
  const std::string large = std::string(200'000, 'x') + "end";
  scripted_server server(io_, [&](const auto&) { return response("200 OK", large); });
  const auto prefix = "HTTP GET http://" + server.address() + "/: 200 OK Output: ";
  EXPECT_EQ(run(to("http://" + server.address() + "/")).output,
            prefix + large.substr(large.size() - 4096));

  scripted_server endless(
      io_, [&](const auto&) { return "HTTP/1.1 200 OK\r\n\r\n" + std::string(8 << 20, 'y'); });
  EXPECT_EQ(run(to("http://" + endless.address() + "/")).status, check_status::passing);
}

TEST_F(http_probe_test, follows_redirects_to_the_same_host_only) {
  scripted_server other(io_, [](const auto&) { return response("200 OK", "other"); });
  scripted_server server(io_, [&](const std::string& head) {
    if (head.find(" /same ") != std::string::npos)
      return response("302 Found", "", "Location: /there\r\n");
    if (head.find(" /away ") != std::string::npos)
      return response("302 Found", "", "Location: http://localhost:" + other.port() + "/\r\n");
    if (head.find(" /loop ") != std::string::npos)
      return response("302 Found", "", "Location: /loop\r\n");
    return response("200 OK", "there");
  });
  const auto base = "http://" + server.address();
  EXPECT_EQ(run(to(base + "/same")).output, "HTTP GET " + base + "/same: 200 OK Output: there");
  EXPECT_EQ(run(to(base + "/away")).output, "HTTP GET " + base + "/away: 302 Found Output: ");
  EXPECT_TRUE(other.heads().empty());
  EXPECT_EQ(run(to(base + "/loop")).status, check_status::critical);
  EXPECT_EQ(server.heads().size(), 2U + 1U + 11U);
  auto definition = to(base + "/same");
  definition.set_disable_redirects(true);
  EXPECT_EQ(run(definition).output, "HTTP GET " + base + "/same: 302 Found Output: ");
}

class https_probe_test : public http_probe_test {
 protected:
  // As run(), in an environment that trusts the test's certificate.
  check_result run_trusting(const messages::CheckDefinition& definition) {
    probe_settings settings;
    settings.ca_file = certificate_.file();
    environment_ = probe_environment(io_, settings);
    return run(definition);
  }

  test_certificate certificate_;
  std::unique_ptr<boost::asio::ssl::context> tls_ = certificate_.server_context();
  scripted_server server_{io_, [](const auto&) { return response("200 OK", "safe"); }, tls_.get()};
  std::string url_ = "https://" + server_.address() + "/";
};

TEST_F(https_probe_test, verifies_its_peer) {
  EXPECT_EQ(run(to(url_)).output, "Get \"" + url_ +
                                      "\": tls: failed to verify certificate: x509: certificate "
                                      "signed by unknown authority");
  EXPECT_EQ(run_trusting(to(url_)).output, "HTTP GET " + url_ + ": 200 OK Output: safe");
}

TEST_F(https_probe_test, expects_the_server_name_it_is_told) {
  auto definition = to(url_);
  definition.set_tls_server_name("db.example");
  EXPECT_EQ(run_trusting(definition).status, check_status::passing);
  definition.set_tls_server_name("web.example");
  EXPECT_EQ(run_trusting(definition).output,
            "Get \"" + url_ +
                "\": tls: failed to verify certificate: x509: certificate is not valid for "
                "web.example");
}

TEST_F(https_probe_test, trusts_anybody_only_if_told_so) {
  auto definition = to(url_);
  definition.set_tls_skip_verify(true);
  EXPECT_EQ(run(definition).status, check_status::passing);
}

TEST_F(https_probe_test, says_that_a_peer_speaks_no_tls) {
  scripted_server plain(io_, [](const auto&) { return response("400 Bad Request"); });
  messages::CheckDefinition definition;
  definition.set_tcp(server_.address());
  definition.set_tcp_use_tls(true);
  definition.set_tls_skip_verify(true);
  EXPECT_EQ(run(definition).output, "TCP+TLS connect " + server_.address() + ": Success");
  auto https = to("https://" + plain.address() + "/");
  set_timeout(https, std::chrono::milliseconds{300});
  EXPECT_EQ(run(https).status, check_status::critical);
}

}  // namespace
}  // namespace troupe::actors
