// Package gormdb has loops with statements of gorm.
package gormdb

import "gorm.io/gorm"

type User struct {
	ID    uint
	Name  string
	Posts []Post
}

type Post struct{ ID, UserID uint }

func FirstBad(db *gorm.DB, ids []uint) {
	for _, id := range ids {
		var u User
		db.First(&u, id) // want `runs a query for each element of ids \(gorm.DB.First\): 1 \+ N statements where one would do; find them at once with Where\("… IN \?", …\), or load them with Preload`
	}
}

func ChainBad(db *gorm.DB, users []User) {
	for i := range users {
		db.Where("user_id = ?", users[i].ID).Order("id").Find(&users[i].Posts) // want `runs a query for each element of users`
	}
}

func ChainInPiecesBad(db *gorm.DB, ids []uint) {
	for _, id := range ids {
		q := db.Model(&Post{})
		q = q.Where("user_id = ?", id)
		var n int64
		q.Count(&n) // want `runs a query for each element of ids`
	}
}

func ModelBad(db *gorm.DB, users []User) {
	for _, u := range users {
		db.Model(&u).Update("name", "x") // want `writes to the database for each element of users`
	}
}

func SaveBad(db *gorm.DB, users []*User) {
	for _, u := range users {
		u.Name = "x"
		db.Save(u) // want `writes to the database for each element of users`
	}
}

func CreateBad(db *gorm.DB, ids []uint) error {
	return db.Transaction(func(tx *gorm.DB) error {
		for _, id := range ids {
			if err := tx.Create(&Post{UserID: id}).Error; err != nil { // want `writes to the database for each element of ids`
				return err
			}
		}
		return nil
	})
}

func AssociationBad(db *gorm.DB, users []User) {
	for _, u := range users {
		db.Model(&u).Association("Posts").Clear() // want `writes to the database for each element of users \(gorm.Association.Clear\)`
	}
}

func ofUser(db *gorm.DB, id uint) *gorm.DB { return db.Where("user_id = ?", id) }

func ScopeBad(db *gorm.DB, ids []uint) {
	for _, id := range ids {
		var posts []Post
		ofUser(db, id).Find(&posts) // want `runs a query for each element of ids`
	}
}

func (u *User) rename(db *gorm.DB) error { return db.Model(u).Update("name", "x").Error }

func ReceiverBad(db *gorm.DB, users []*User) {
	for _, u := range users {
		u.rename(db) // want `writes to the database for each element of users \(User.rename → gorm.DB.Update\)`
	}
}

func RawBad(db *gorm.DB, ids []uint) {
	for _, id := range ids {
		var n int
		db.Raw("SELECT count(*) FROM posts WHERE user_id = ?", id).Scan(&n) // want `runs a query for each element of ids`
	}
}

func CreateSliceOK(db *gorm.DB, ids []uint) {
	var posts []Post
	for _, id := range ids {
		posts = append(posts, Post{UserID: id})
	}
	db.Create(&posts)
}

func InBatchesOK(db *gorm.DB, posts []Post) { db.CreateInBatches(posts, 100) }

func FindInBatchesOK(db *gorm.DB) {
	var users []User
	db.FindInBatches(&users, 100, func(tx *gorm.DB, n int) error {
		var posts []Post
		var ids []uint
		for _, u := range users {
			ids = append(ids, u.ID)
		}
		return tx.Where("user_id IN ?", ids).Find(&posts).Error
	})
}

func PreloadOK(db *gorm.DB) (users []User) {
	db.Preload("Posts").Find(&users)
	return users
}

func ConditionsOK(db *gorm.DB, names []string) (users []User) {
	q := db.Model(&User{})
	for _, n := range names {
		q = q.Or("name = ?", n)
	}
	q.Find(&users)
	return users
}

func ScanRowsOK(db *gorm.DB) (users []User, err error) {
	rows, err := db.Model(&User{}).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u User
		if err := db.ScanRows(rows, &u); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

func ScanRowsBad(db *gorm.DB) error {
	rows, err := db.Model(&User{}).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var u User
		if err := db.ScanRows(rows, &u); err != nil {
			return err
		}
		db.Delete(&Post{}, "user_id = ?", u.ID) // want `writes to the database for each element of rows`
	}
	return nil
}

func PagesOK(db *gorm.DB) {
	for page := 0; ; page++ {
		var users []User
		db.Offset(page * 100).Limit(100).Find(&users)
		if len(users) == 0 {
			return
		}
	}
}

func TablesOK(db *gorm.DB, tables []string) {
	for _, t := range tables {
		db.Exec("TRUNCATE " + t)
	}
}
