#include "vault/vault.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <iterator>
#include <mutex>
#include <thread>

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

TEST_P(VaultTest, T_X03_NothingIsLeftBesideTheKeyFileAndAnotherStartKeepsIt) {
  const auto before = *base::read_file(key_file(), 1000);
  vault_ = open_vault();
  EXPECT_EQ(*base::read_file(key_file(), 1000), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_->path()), {}), 1);
}

TEST_P(VaultTest, T_X03_SecretsWithoutACheckValueAreNotGivenANewKey) {
  put("canary", owner_);
  change("DELETE FROM vault_check");
  EXPECT_THAT(refusal(), HasSubstr("check value"));
  std::filesystem::remove(key_file());
  EXPECT_THAT(refusal(), HasSubstr("missing"));
  EXPECT_FALSE(std::filesystem::exists(key_file()));
}

TEST_P(VaultTest, T_X03_OfTwoFirstStartsWithKeysOfTheirOwnOneIsRefused) {
  change("DELETE FROM vault_check");
  std::filesystem::remove(key_file());
  const auto other_file = directory_->path() / "other.key";
  std::vector<base::Result<std::unique_ptr<Vault>>> opened;
  {
    std::mutex mutex;
    std::vector<std::jthread> servers;
    for (const auto& file : {key_file(), other_file}) {
      servers.emplace_back([&, file] {
        auto vault = Vault::open(database(), file);
        const std::lock_guard lock(mutex);
        opened.push_back(std::move(vault));
      });
    }
  }
  EXPECT_EQ(opened[0].has_value() + opened[1].has_value(), 1);
  EXPECT_EQ(std::filesystem::exists(key_file()) + std::filesystem::exists(other_file), 1);
}

TEST_P(VaultTest, T_F34_ARunningServerDoesNotNeedTheKeyFile) {
  const SecretId id = put("canary", owner_);
  std::filesystem::remove(key_file());
  EXPECT_EQ(get(id, owner_)->reveal(), "canary");
  EXPECT_EQ(get(put("more", owner_), owner_)->reveal(), "more");
}

TEST_P(VaultTest, T_X02_T_F35_AnOlderSecretPutBackDoesNotOpenAndRaisesTheAlarm) {
  const SecretId older = put("revoked-canary", owner_);
  const SecretId newer = put("current-canary", owner_);
  change(
      "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE id = $2), "
      "data_key = (SELECT data_key FROM secrets WHERE id = $2) WHERE id = $1",
      {newer, older});
  const auto opened = get(newer, owner_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kInternal);
  EXPECT_THAT(opened.error().detail, HasSubstr("vault alarm: the secret " + newer.str()));
  EXPECT_EQ((opened.error().message + opened.error().detail).find("canary"), std::string::npos);
}

TEST_P(VaultTest, T_X02_T_F35_ColumnsThatWereCutOrRenumberedDoNotOpen) {
  for (const auto* statement :
       {"UPDATE secrets SET key_version = 2 WHERE id = $1", "UPDATE secrets SET sealed = data_key WHERE id = $1",
        "UPDATE secrets SET data_key = substr(data_key, 1, 20) WHERE id = $1",
        "UPDATE secrets SET sealed = substr(sealed, 1, 30) WHERE id = $1"}) {
    const SecretId id = put("canary", owner_);
    change(statement, {id});
    EXPECT_FALSE(get(id, owner_)) << statement;
  }
}

INSTANTIATE_ON_BOTH_DATABASES(VaultTest);

}  // namespace
}  // namespace vault
