"""The list of books in FastAPI, in the style of its full-stack template.

SQLModel, a synchronous session for each request, response models, and pages by
offset with a count. It reads the project's tables and serves /api/v1/books/.

The authors are loaded with one query for the whole page. Without `selectinload`,
SQLModel would make one query for each book.
"""

import os
from collections.abc import Generator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, func, select

engine = create_engine(os.environ["DATABASE_URL"])


class BookAuthorLink(SQLModel, table=True):
    """The many-to-many table between books and authors."""

    __tablename__ = "library_book_authors"

    book_id: int = Field(foreign_key="library_book.id", primary_key=True)
    author_id: int = Field(foreign_key="library_author.id", primary_key=True)


class AuthorBase(SQLModel):
    """What every representation of an author has."""

    name: str = Field(max_length=200)


class Author(AuthorBase, table=True):
    """A row of the table of authors."""

    __tablename__ = "library_author"

    id: int | None = Field(default=None, primary_key=True)


class AuthorPublic(AuthorBase):
    """An author in a response."""

    id: int


class BookBase(SQLModel):
    """What every representation of a book has."""

    title: str = Field(max_length=200)
    subtitle: str = Field(max_length=200)
    isbn: str = Field(max_length=13)
    publication_date: date | None = None


class Book(BookBase, table=True):
    """A row of the table of books."""

    __tablename__ = "library_book"

    id: int | None = Field(default=None, primary_key=True)
    authors: list[Author] = Relationship(link_model=BookAuthorLink)


class BookPublic(BookBase):
    """A book in a response."""

    id: int
    authors: list[AuthorPublic]


class BooksPublic(SQLModel):
    """A page of books in a response."""

    data: list[BookPublic]
    count: int


def get_session() -> Generator[Session]:
    """Yield the session of one request."""
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
router = APIRouter(prefix="/books", tags=["books"])


@router.get("/", response_model=BooksPublic)
def read_books(session: SessionDep, skip: int = 0, limit: int = 20) -> BooksPublic:
    """Return one page of books and the number of all books."""
    count = session.exec(select(func.count()).select_from(Book)).one()
    page = (
        select(Book)
        .options(selectinload(Book.authors))
        .order_by(Book.title, Book.id)
        .offset(skip)
        .limit(limit)
    )
    books = [BookPublic.model_validate(book) for book in session.exec(page).all()]
    return BooksPublic(data=books, count=count)


app = FastAPI()
app.include_router(router, prefix="/api/v1")
