#include "vault/vault.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "base/strings.h"
#include "storage/migrations.h"
#include "tests/support/database_test.h"
#include "vault/migrations.h"

namespace vault {
namespace {

using testing::HasSubstr;

class VaultTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(storage::migrate(database(), {migrations()}));
    auto made = base::TemporaryDirectory::create(testing::TempDir(), "vault-");
    ASSERT_TRUE(made);
    directory_ = std::make_unique<base::TemporaryDirectory>(std::move(*made));
    vault_ = open_vault();
  }

  std::filesystem::path key_file() const { return directory_->path() / "master.key"; }

  std::unique_ptr<Vault> open_vault() {
    auto opened = Vault::open(database(), key_file());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

  std::string refusal() {
    auto opened = Vault::open(database(), key_file());
    return opened ? "opened" : opened.error().message;
  }

  SecretId put(const std::string& text, const Owner& owner) {
    const auto id = database().write(
        [&](storage::Transaction& transaction) { return vault_->put(transaction, owner, base::Secret(text)); });
    EXPECT_TRUE(id);
    return id ? *id : SecretId();
  }

  base::Result<base::Secret> get(const SecretId& id, const Owner& owner) {
    return database().read([&](storage::Connection& connection) { return vault_->get(connection, id, owner); });
  }

  void change(std::string_view statement, std::initializer_list<storage::Value> parameters = {}) {
    const auto changed =
        database().write([&](storage::Transaction& transaction) { return transaction.execute(statement, parameters); });
    ASSERT_TRUE(changed) << changed.error().detail;
  }

  const Owner owner_{"org-1", "oauth_tokens", "ot-1", "token"};
  std::unique_ptr<base::TemporaryDirectory> directory_;
  std::unique_ptr<Vault> vault_;
};

TEST_P(VaultTest, T_X09_AnyBytesComeBackAsTheyWere) {
  for (const std::string& text : {std::string("-----BEGIN KEY-----\nx\n"), std::string("--option \"'"),
                                  std::string("\0\xff\n", 3), std::string(65536, 'x'), std::string()}) {
    EXPECT_EQ(get(put(text, owner_), owner_)->reveal(), text);
  }
}

TEST_P(VaultTest, TheSecretOutlivesTheProcess) {
  const SecretId id = put("canary", owner_);
  test_database().reopen();
  vault_ = open_vault();
  EXPECT_EQ(get(id, owner_)->reveal(), "canary");
}

TEST_P(VaultTest, T_X02_ASecretOpensForItsOwnerOnly) {
  const SecretId id = put("canary", owner_);
  const Owner others[] = {{"org-2", "oauth_tokens", "ot-1", "token"},
                          {"org-1", "ssh_keys", "ot-1", "token"},
                          {"org-1", "oauth_tokens", "ot-2", "token"},
                          {"org-1", "oauth_tokens", "ot-1", "key"},
                          {"org-1o", "auth_tokens", "ot-1", "token"}};
  for (const Owner& other : others) EXPECT_FALSE(get(id, other)) << other.table << other.row;
}

TEST_P(VaultTest, T_X02_T_F35_ASwappedRowDoesNotOpenAndOthersStillDo) {
  const SecretId first = put("one", owner_);
  const SecretId second = put("two", owner_);
  const SecretId third = put("three", owner_);
  change(
      "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE id = $2), "
      "data_key = (SELECT data_key FROM secrets WHERE id = $2) WHERE id = $1",
      {first, second});
  EXPECT_FALSE(get(first, owner_));
  EXPECT_EQ(get(third, owner_)->reveal(), "three");
}

TEST_P(VaultTest, X11_AnErasedSecretIsGone) {
  const SecretId id = put("canary", owner_);
  const auto erased =
      database().write([&](storage::Transaction& transaction) { return vault_->erase(transaction, id); });
  EXPECT_TRUE(erased);
  EXPECT_FALSE(get(id, owner_));
}

TEST_P(VaultTest, T_X01_TheDatabaseFileHoldsNoSecretInAnyCoding) {
  if (GetParam() != support::Backend::kSqlite) GTEST_SKIP() << "looks into SQLite's own files";
  const std::string canary = "canary-4711-in-the-vault";
  put(canary, owner_);
  test_database().close();
  for (const auto& entry : std::filesystem::directory_iterator(test_database().directory())) {
    const auto bytes = base::read_file(entry.path(), std::size_t{64} << 20U);
    if (!bytes) continue;
    for (const std::string& form : {canary, base::to_base64(canary), base::to_hex(canary), base::url_encode(canary)}) {
      EXPECT_EQ(bytes->find(form), std::string::npos) << entry.path();
    }
  }
}

TEST_P(VaultTest, T_X03_TheKeyFileIsMadeForItsOwnerOnly) {
  struct stat facts {};
  ASSERT_EQ(::stat(key_file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_P(VaultTest, T_X03_T_F34_AMissingKeyOverExistingDataIsNotMadeAnew) {
  std::filesystem::remove(key_file());
  EXPECT_THAT(refusal(), HasSubstr("missing"));
  EXPECT_FALSE(std::filesystem::exists(key_file()));
}

TEST_P(VaultTest, T_X03_T_F34_AnotherKeyIsNoticedAtTheStart) {
  ASSERT_TRUE(base::write_file(key_file(), std::string(64, 'a') + "\n"));
  EXPECT_THAT(refusal(), HasSubstr("another key"));
}

TEST_P(VaultTest, T_X03_T_F34_ALooseModeAShortKeyAndALinkAreToldApart) {
  const auto text = *base::read_file(key_file(), 1000);
  ::chmod(key_file().c_str(), 0640);
  EXPECT_THAT(refusal(), HasSubstr("chmod 600"));
  ASSERT_TRUE(base::write_file(key_file(), text.substr(0, 32)));
  EXPECT_THAT(refusal(), HasSubstr("64 hexadecimal digits"));
  ASSERT_TRUE(base::write_file(directory_->path() / "real", text));
  std::filesystem::remove(key_file());
  std::filesystem::create_symlink(directory_->path() / "real", key_file());
  EXPECT_THAT(refusal(), HasSubstr("symbolic link"));
}

INSTANTIATE_ON_BOTH_DATABASES(VaultTest);

}  // namespace
}  // namespace vault
