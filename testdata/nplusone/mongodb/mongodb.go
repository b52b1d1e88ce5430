// Package mongodb has loops with calls of the MongoDB driver.
package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
)

type user struct{ ID, Name string }

func FindOneBad(ctx context.Context, c *mongo.Collection, ids []string) {
	for _, id := range ids {
		var u user
		c.FindOne(ctx, bson.M{"_id": id}).Decode(&u) // want `runs a query for each element of ids \(mongo.Collection.FindOne\): .*\$in`
	}
}

func UpdateBad(ctx context.Context, c *mongo.Collection, users []user) error {
	for _, u := range users {
		if _, err := c.UpdateOne(ctx, bson.D{{Key: "_id", Value: u.ID}}, bson.M{"$set": bson.M{"name": u.Name}}); err != nil { // want `writes to the database for each element of users .*BulkWrite`
			return err
		}
	}
	return nil
}

func CursorBad(ctx context.Context, c, other *mongo.Collection) error {
	cursor, err := c.Find(ctx, bson.M{})
	if err != nil {
		return err
	}
	for cursor.Next(ctx) {
		var u user
		if err := cursor.Decode(&u); err != nil {
			return err
		}
		other.DeleteMany(ctx, bson.M{"user": u.ID}) // want `writes to the database for each element of cursor`
	}
	return cursor.Err()
}

func CursorOK(ctx context.Context, c *mongo.Collection) (users []user, err error) {
	cursor, err := c.Find(ctx, bson.M{})
	if err != nil {
		return nil, err
	}
	for cursor.Next(ctx) {
		var u user
		if err := cursor.Decode(&u); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, cursor.Err()
}

func InOK(ctx context.Context, c *mongo.Collection, ids []string) (*mongo.Cursor, error) {
	return c.Find(ctx, bson.M{"_id": bson.M{"$in": ids}})
}

func InsertManyOK(ctx context.Context, c *mongo.Collection, users []user) error {
	var docs []any
	for _, u := range users {
		docs = append(docs, u)
	}
	_, err := c.InsertMany(ctx, docs)
	return err
}

func BulkWriteOK(ctx context.Context, c *mongo.Collection, users []user) {
	var models []mongo.WriteModel
	for _, u := range users {
		models = append(models, mongo.NewDeleteOneModel().SetFilter(bson.M{"_id": u.ID}))
		if len(models) == 100 {
			c.BulkWrite(ctx, models)
			models = nil
		}
	}
	c.BulkWrite(ctx, models)
}

// Which collection it is depends on the element, what is asked does not.
func PerTenantOK(ctx context.Context, db *mongo.Database, tenants []string) {
	for _, t := range tenants {
		db.Collection(t).CountDocuments(ctx, bson.M{})
	}
}
