// Names and identities as numbers, so that the failure detector compares and copies words of 4
// bytes. One directory a pool's member; in a simulation one for all members, which then share every
// identity. It knows nothing of who is alive.
//
// What nobody has acquired stays until drop_unused(): so what a decoder interned, and what an
// output names, is good until the shell has encoded that output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/gossip/swim/swim_types.hpp"
#include "messages/result.hpp"

namespace troupe::actors::gossip::swim {

class member_directory {
 public:
  // keeps_all: for simulations, where numbers also travel between members; nothing is ever counted
  // or dropped.
  enum class lifetime : std::uint8_t { counted, keeps_all };
  explicit member_directory(lifetime kind = lifetime::counted)
      : counted_(kind == lifetime::counted) {}
  member_directory(const member_directory&) = delete;
  member_directory& operator=(const member_directory&) = delete;

  // -- names -----------------------------------------------------------------

  // The number of this name, made if there is none. Fails with errc::too_large for a name of more
  // than limits::gossip_name_bytes_max bytes, or when limits::gossip_names_max are held.
  messages::result<member_number> intern(std::string_view name);
  // no_member if the name is not known.
  member_number find(std::string_view name) const;
  const std::string& name(member_number member) const { return names_[member.value].text; }
  std::size_t name_bytes(member_number member) const { return name_bytes_[member.value]; }
  // All numbers are below this.
  std::uint32_t numbers_end() const { return static_cast<std::uint32_t>(names_.size()); }

  // -- identities --------------------------------------------------------------

  // The number of an identity of this member, made if the member's last one differs.
  identity_number intern_identity(member_number member, const member_identity& identity);
  const member_identity& identity(identity_number number) const {
    return identities_[number.value].what;
  }
  // Shortcuts that touch less memory.
  const version_range& protocol(identity_number number) const {
    return facts_[number.value].protocol;
  }
  const version_range& delegate(identity_number number) const {
    return facts_[number.value].delegate;
  }
  const endpoint& where(identity_number number) const { return facts_[number.value].where; }
  // Of an alive message, the incarnation's own bytes left out.
  std::uint32_t alive_bytes(identity_number number) const { return facts_[number.value].bytes; }

  // -- who uses what: swim_core's and its parts' -------------------------------------

  // False: acquire() and release() do nothing.
  bool is_counting() const { return counted_; }
  void acquire(member_number member) {
    if (counted_)
      ++names_[member.value].uses;
  }
  void acquire(identity_number number) {
    if (counted_)
      ++identities_[number.value].uses;
  }
  void release(member_number member);
  void release(identity_number number);
  // Forgets what was released, or interned and not acquired; their numbers are given out again. To
  // be called by the shell once it has carried out an output.
  void drop_unused();
  std::size_t names() const { return by_name_.size(); }
  std::size_t identities() const { return identities_.size() - free_identities_.size(); }

 private:
  struct named_member {
    std::string text;
    std::uint32_t uses = 0;
    bool is_listed = false;  // in unused_names_
    bool is_free = false;
    identity_number last = no_identity;
  };
  struct held_identity {
    member_identity what;
    member_number of = no_member;
    std::uint32_t uses = 0;
    bool is_listed = false;
    bool is_free = false;
  };
  struct identity_facts {
    std::uint32_t bytes = 0;
    endpoint where;
    version_range protocol;
    version_range delegate;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  void list(member_number member);
  void list(identity_number number);
  void free_identity(identity_number number);

  const bool counted_;
  std::vector<named_member> names_;
  std::vector<std::uint16_t> name_bytes_;
  std::unordered_map<std::string, member_number, text_hash, std::equal_to<>> by_name_;
  std::vector<held_identity> identities_;
  std::vector<identity_facts> facts_;
  std::vector<member_number> free_names_;
  std::vector<identity_number> free_identities_;
  std::vector<member_number> unused_names_;
  std::vector<identity_number> unused_identities_;
};

}  // namespace troupe::actors::gossip::swim
