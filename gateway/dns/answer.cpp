#include "gateway/dns/answer.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace troupe::gateway::dns {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t nameservers_max = 3;  // Consul's
constexpr auto nameserver_label = "\x02ns"sv;
constexpr auto mailbox_label = "\x0ahostmaster"sv;

bool is_address_type(record_type type) {
  return type == record_type::a || type == record_type::aaaa;
}

record_type type_of(const named_address& address) {
  return address.length == 4 ? record_type::a : record_type::aaaa;
}

class builder {
 public:
  builder(const question& question, const asked_name& asked, const findings& found,
          const answer_needs& needs, reply& out)
      : question_(question), asked_(asked), found_(found), needs_(needs), out_(out) {}

  void build() {
    out_.clear();
    out_.authoritative = true;
    out_.for_client = found_.of_query;
    if (question_.type == record_type::soa && asked_.kind != asked_kind::reverse)
      return zone();
    if (question_.type == record_type::ns && asked_.kind != asked_kind::reverse)
      return nameservers(out_.answers);
    switch (asked_.kind) {
      case asked_kind::node:
        return node();
      case asked_kind::service:
      case asked_kind::connect:
      case asked_kind::ingress:
      case asked_kind::query:
        return service();
      case asked_kind::address:
        return address(asked_.address);
      case asked_kind::virtual_ip:
        return found_.instances.empty() ? no_such_name()
                                        : address(found_.instances.front().address);
      case asked_kind::reverse:
        return pointers();
      default:
        return no_such_name();
    }
  }

 private:
  std::string_view domain() const { return needs_.settings.domains[asked_.domain].wire; }
  wire_name own_name() const { return {{}, question_.name}; }
  wire_name in_domain(std::string_view labels) const { return {labels, domain()}; }
  std::uint32_t node_ttl() const { return needs_.settings.node_ttl_s; }

  // -- records ---------------------------------------------------------------

  record address_record(const wire_name& owner, const named_address& address,
                        std::uint32_t ttl_s) const {
    record made;
    made.owner = owner;
    made.type = type_of(address);
    made.ttl_s = ttl_s;
    made.address = address;
    return made;
  }

  record name_record(record_type type, const wire_name& target, std::uint32_t ttl_s) const {
    record made;
    made.owner = own_name();
    made.type = type;
    made.ttl_s = ttl_s;
    made.target = target;
    return made;
  }

  record soa_record() const {
    auto made =
        name_record(record_type::soa, in_domain(nameserver_label), needs_.settings.soa.min_ttl_s);
    made.owner = in_domain({});
    made.text = mailbox_label;
    made.serial = needs_.unix_time_s;
    return made;
  }

  void texts(const instance& of, const wire_name& owner, std::uint32_t ttl_s,
             std::vector<record>& to, std::uint32_t of_answer) const {
    for (const auto& text : of.texts) {
      auto made = name_record(record_type::txt, {}, ttl_s);
      made.owner = owner;
      made.text = text;
      made.of_answer = of_answer;
      to.push_back(made);
    }
  }

  // -- outcomes ----------------------------------------------------------------

  void no_such_name() {
    out_.code = reply_code::no_such_name;
    out_.authorities.push_back(soa_record());
  }

  // The name exists, with records of other types.
  void no_data() { out_.authorities.push_back(soa_record()); }

  void zone() {
    out_.answers.push_back(soa_record());
    nameservers(out_.authorities);
  }

  void nameservers(std::vector<record>& to) {
    shuffle();
    std::size_t named = 0;
    for (const auto at : order_) {
      const auto& server = found_.instances[at];
      if (server.node.empty() || named == nameservers_max)
        continue;
      auto made = name_record(record_type::ns, in_domain(server.node), node_ttl());
      made.owner = in_domain({});
      to.push_back(made);
      if (server.host.empty()) {
        auto glue = address_record(in_domain(server.node), server.address, node_ttl());
        // Glue of the authority section stays or goes with it.
        glue.of_answer = static_cast<std::uint32_t>(&to == &out_.answers ? named : 0);
        out_.additionals.push_back(glue);
      }
      ++named;
    }
  }

  // -- kinds ----------------------------------------------------------------------

  void node() {
    if (found_.instances.empty())
      return no_such_name();
    const auto& it = found_.instances.front();
    const auto type = question_.type;
    const bool asks_text = type == record_type::txt || type == record_type::any;
    if (is_address_type(type) || type == record_type::any)
      node_address(it);
    else if (type == record_type::cname && !it.host.empty())
      out_.answers.push_back(name_record(record_type::cname, {{}, it.host}, node_ttl()));
    else if (type != record_type::txt && type != record_type::srv)
      return no_data();
    if (asks_text)
      texts(it, own_name(), node_ttl(), out_.answers, 0);
    else if (!out_.answers.empty() && needs_.settings.node_meta_txt)
      texts(it, own_name(), node_ttl(), out_.additionals, 0);
  }

  void node_address(const instance& it) {
    if (!it.host.empty())
      return alias(it, node_ttl());
    if (const auto& fits = address_for(it); fits.length != 0)
      out_.answers.push_back(address_record(own_name(), fits, node_ttl()));
  }

  // The address of the asked family; length 0: there is none.
  named_address address_for(const instance& it) const {
    if (question_.type == record_type::a && it.lan_v4.length != 0)
      return it.lan_v4;
    if (question_.type == record_type::aaaa && it.lan_v6.length != 0)
      return it.lan_v6;
    const bool fits = !is_address_type(question_.type) || type_of(it.address) == question_.type;
    return fits && it.host.empty() ? it.address : named_address{};
  }

  void service() {
    if (found_.instances.empty())
      return no_such_name();
    set_order();
    const auto& name = found_.of_query ? found_.service : asked_.name;
    const auto ttl_s = found_.ttl_s.value_or(ttl_of_service(needs_.settings, name));
    switch (question_.type) {
      case record_type::a:
      case record_type::aaaa:
      case record_type::any:
      case record_type::txt:
        service_addresses(ttl_s);
        break;
      case record_type::srv:
        service_places(ttl_s);
        break;
      case record_type::cname:
        first_host(ttl_s);
        break;
      default:
        break;
    }
    if (out_.answers.empty())
      no_data();
  }

  bool is_full() const {
    const auto limit = needs_.settings.a_record_limit;
    return limit > 0 && out_.answers.size() >= static_cast<std::size_t>(limit);
  }

  void service_addresses(std::uint32_t ttl_s) {
    for (const auto at : order_) {
      if (is_full())
        break;
      const auto address = address_for(found_.instances[at]);
      const bool known =
          address.length == 0 ||
          (order_.size() <= duplicates_scan_max
               ? std::ranges::any_of(out_.answers,
                                     [&](const record& each) { return each.address == address; })
               : !seen_.insert(address));
      if (!known)
        out_.answers.push_back(address_record(own_name(), address, ttl_s));
    }
    if (out_.answers.empty())
      first_host(ttl_s);
  }

  // A name may have one CNAME, and nothing beside it (RFC 1034 section 3.6.2).
  void first_host(std::uint32_t ttl_s) {
    for (const auto at : order_) {
      const auto& it = found_.instances[at];
      if (it.host.empty())
        continue;
      alias(it, ttl_s);
      return;
    }
  }

  // With what stands behind it, if that is known.
  void alias(const instance& it, std::uint32_t ttl_s) {
    out_.answers.push_back(name_record(record_type::cname, {{}, it.host}, ttl_s));
    if (question_.type == record_type::cname)
      return;
    for (const auto& address : it.host_addresses)
      out_.answers.push_back(address_record({{}, it.host}, address, ttl_s));
  }

  void service_places(std::uint32_t ttl_s) {
    for (const auto at : order_) {
      const auto& it = found_.instances[at];
      const auto number = static_cast<std::uint32_t>(out_.answers.size());
      const wire_name target = it.host.empty() ? in_domain(it.target) : wire_name{{}, it.host};
      auto made = name_record(record_type::srv, target, ttl_s);
      made.port = it.port;
      made.weight = it.weight;
      out_.answers.push_back(made);
      const std::span<const named_address> addresses =
          it.host.empty() ? std::span(&it.address, 1) : std::span(it.host_addresses);
      for (const auto& address : addresses) {
        auto where = address_record(target, address, ttl_s);
        where.of_answer = number;
        out_.additionals.push_back(where);
      }
      if (needs_.settings.node_meta_txt && !it.node.empty())
        texts(it, in_domain(it.node), ttl_s, out_.additionals, number);
    }
  }

  // The name is the answer. What was not asked for is told all the same, as more.
  void address(const named_address& told) {
    const bool fits = question_.type == record_type::any || question_.type == type_of(told);
    auto& to = fits ? out_.answers : out_.additionals;
    const bool known_type = is_address_type(question_.type) || question_.type == record_type::any ||
                            question_.type == record_type::srv ||
                            question_.type == record_type::txt;
    if (!known_type)
      return no_data();
    to.push_back(address_record(own_name(), told, node_ttl()));
  }

  void pointers() {
    for (const auto& each : found_.pointers)
      out_.answers.push_back(
          name_record(record_type::ptr, {each, needs_.settings.domains.front().wire}, node_ttl()));
    if (out_.answers.empty())
      no_such_name();
  }

  // -- order -------------------------------------------------------------------------

  void set_order() {
    if (!found_.of_query)
      return shuffle();
    order_.resize(found_.instances.size());
    std::iota(order_.begin(), order_.end(), 0U);
  }

  // Fisher and Yates; every answer anew, so that clients which take the first one spread.
  void shuffle() {
    auto& order = order_;
    order.resize(found_.instances.size());
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[needs_.random.below(left)]);
  }

  // Addresses seen, of a large service.
  class address_set {
   public:
    // False: it was there.
    bool insert(const named_address& address) {
      const auto place = std::ranges::lower_bound(all_, address, before);
      if (place != all_.end() && *place == address)
        return false;
      all_.insert(place, address);
      return true;
    }

   private:
    static bool before(const named_address& a, const named_address& b) { return a.bytes < b.bytes; }
    std::vector<named_address> all_;
  };

  static constexpr std::size_t duplicates_scan_max = 64;

  const question& question_;
  const asked_name& asked_;
  const findings& found_;
  const answer_needs& needs_;
  reply& out_;
  std::vector<std::uint32_t> order_;
  address_set seen_;
};

}  // namespace

std::size_t shuffler::below(std::size_t bound) {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  const auto drawn = (state_ * 0x2545f4914f6cdd1dULL) >> 32;
  // Lemire's multiplication: no division, and a bias below one in a million for what fits a packet.
  return static_cast<std::size_t>((drawn * bound) >> 32);
}

wanted what_is_wanted(const question& question, const asked_name& asked) {
  if (asked.kind == asked_kind::elsewhere)
    return wanted::recursion;
  if (asked.kind == asked_kind::reverse) {
    const bool of_pointers = question.type == record_type::ptr || question.type == record_type::any;
    return of_pointers ? wanted::pointers : wanted::recursion;
  }
  if (question.type == record_type::soa || question.type == record_type::ns)
    return wanted::nameservers;
  switch (asked.kind) {
    case asked_kind::node:
      return wanted::node;
    case asked_kind::service:
    case asked_kind::connect:
    case asked_kind::ingress:
    case asked_kind::virtual_ip:
      return wanted::instances;
    case asked_kind::query:
      return wanted::query;
    default:
      return wanted::nothing;
  }
}

void build_answer(const question& question, const asked_name& asked, const findings& found,
                  const answer_needs& needs, reply& out) {
  builder(question, asked, found, needs, out).build();
}

}  // namespace troupe::gateway::dns
