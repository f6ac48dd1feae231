#include "signin/password.h"

#include <argon2.h>

#include <new>
#include <semaphore>

#include "base/random.h"
#include "base/strings.h"

namespace signin {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 32;
constexpr int kHashesAtOnce = 4;

class Turn {
 public:
  Turn() { turns().acquire(); }
  ~Turn() { turns().release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static std::counting_semaphore<kHashesAtOnce>& turns() {
    static std::counting_semaphore<kHashesAtOnce> instance(kHashesAtOnce);
    return instance;
  }
};

std::string cost_text(const PasswordCost& cost) {
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.passes) +
         ",p=" + std::to_string(cost.lanes) + "$";
}

}  // namespace

std::string hash_password(const base::Secret& password, const PasswordCost& cost) {
  unsigned char salt[kSaltBytes];
  base::fill_random(salt);
  std::string out(argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, kSaltBytes, kTagBytes, Argon2_id), '\0');
  const Turn turn;
  const std::string& text = password.reveal();
  if (argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, text.data(), text.size(), salt, sizeof salt,
                            kTagBytes, out.data(), out.size()) != ARGON2_OK) {
    throw std::bad_alloc();  // the only way it fails with these numbers
  }
  out.resize(out.find('\0'));
  return out;
}

bool is_password(const base::Secret& password, const std::string& hash) {
  if (password.size() > kLongestPassword) return false;
  const Turn turn;
  return argon2id_verify(hash.c_str(), password.reveal().data(), password.size()) == ARGON2_OK;
}

const std::string& nobody_s_hash() {
  static const std::string kHash = hash_password(base::Secret(base::random_base58(40)));
  return kHash;
}

bool needs_rehash(std::string_view hash, const PasswordCost& cost) { return !hash.starts_with(cost_text(cost)); }

}  // namespace signin
