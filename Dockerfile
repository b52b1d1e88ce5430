# txlint loads packages with the go command, so the image has Go in it. Build it
# with the Go version of the code that it is to check, or a newer one:
#
#   docker build --build-arg GO=1.26 -t txlint .
#   docker run --rm -u "$(id -u):$(id -g)" -v "$PWD:/src" -v txlint:/go txlint ./...
#
# The volume keeps modules and results for the next run; it can be left out.
ARG GO=1.26
FROM golang:${GO} AS build
WORKDIR /txlint
COPY . .
RUN CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -trimpath -o /usr/local/bin/txlint ./cmd/txlint

FROM golang:${GO}
COPY --from=build /usr/local/bin/txlint /usr/local/bin/txlint
# Whoever runs it, what the go command and txlint keep for later runs stays
# below /go, where everybody may write. Without a HOME of its own, a user whom
# the image does not know has / as home, or the mounted repository.
ENV HOME=/go
# A new container has the parts of the standard library that services stand on
# already compiled; it would spend most of a run on them.
RUN umask 0 && go list -export -deps database/sql net/http >/dev/null
# The mounted repository belongs to another user, which git would refuse.
RUN git config --system --add safe.directory '*'
WORKDIR /src
ENTRYPOINT ["txlint"]
